"""Metric names people use, with the direction a reader of the name would take for granted.

`UP`: more is better. `DOWN`: less is better. `RESOURCE`: less is better, and it is an expense, not quality. `UNKNOWN`:
the name does not tell.
"""


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


UP = _names("""
    sans_erreur sin_errores sin_alucinaciones cobertura couverture tasa_de_éxito
    err_at_10 human_rating
    no_context_accuracy without_cot_acc no_rag_f1 not_seen_recall NoAns_exact risk_awareness error_localization
    entailment is_fast click_through_rate within_budget timeliness winrate
    slow_thinking_score slow_path_pass_rate latency_target_met no_reranker_score precision_class accuracy_class_1
    faithfulness answer_relevancy context_precision context_recall answer_correctness exact_match em f1 token_f1
    rouge_l rougeL ROUGE-L bleu BLEU-4 sacrebleu meteor chrf bertscore_f1 cosine_similarity semantic_similarity
    accuracy acc acc_norm precision@5 recall_at_10 hit_at_1 hit@3 hit_rate mrr ndcg@10 map pass@1 passed
    pass_rate success success_rate is_correct correct num_correct helpfulness coherence fluency groundedness
    grounded completeness conciseness clarity factuality score overall_score judge_score rating grade quality
    reward win_rate elo no_hallucination toxicity_free unbiased error_recovery harmlessness safety
    hallucination_free non_toxic not_harmful bias_free error_handling tool_call_accuracy tool_correctness
    step_efficiency instruction_following json_validity valid_json schema_valid citation_accuracy
    source_attribution answered resolved unit_tests_passed Correctness_(GEval) AnswerRelevancyMetric
    tokens_per_second throughput_qps speedup cost_efficiency time_saved cost_savings error_reduction
    true_positive_rate reciprocal_rank cache_hit_rate refusal_accuracy jailbreak_resistance correct_refusal
    politeness empathy engagement understandability completeness_of_reply robustness stability agreement kappa
    auroc iou without_errors zero_violations flawless answer_found similarity_to_reference task_completion
    goal_achieved role_adherence knowledge_retention contextual_relevancy context_utilization_score
    answer_similarity llm_judge_correctness overall_quality strict_acc flexible_extract_match squad_f1 bleurt
    comet_score recall@100 precision_at_k MAP@10 hits_at_5 pass_at_k solved task_success tests_passed is_valid
    well_formed parsable_output compliance policy_compliance no_toxicity no_errors non_biased free_of_bias
    hallucination_avoidance bug_fix_rate failure_recovery_rate trustworthiness truthful honesty informativeness
    readability professionalism usefulness satisfaction csat nps thumbs_up preferred preference_rate wins
    spearman pearson_r r2 balanced_accuracy auc_pr mcc specificity sensitivity coverage citation_precision
    supported_claims verified_claims attributable noise_robustness tool_selection_accuracy argument_correctness
    plan_adherence plan_quality goal_accuracy turn_relevancy conversation_completeness topic_adherence
    token_efficiency requests_per_second uptime time_accuracy error_detection_f1
    hallucination_detection_accuracy appropriate_refusal unbiasedness errorless PromptAlignment JSONCorrectness
    MultimodalContextualRecall TurnRelevancy Usefulness RegexMatch LevenshteinRatio IntentResolution
    TaskAdherence ResponseCompleteness FactualCorrectness AnswerAccuracy ContextEntityRecall ToolCallF1
    NonLLMStringSimilarity RubricsScore google_bleu HasAns_exact prompt_level_strict_acc inst_level_loose_acc
    Comprehensiveness Correctness Coherence QA_Correctness pass^4 applied_patch answered_correctly
    evidence_found citations_correct retrieval_hit support_score sql_executes code_compiles test_passed
    compile_success cosine_sim chrF++ rougeLsum BERTScore_F1 human_preference win_vs_baseline follows_format
    table_f1 ranking_ndcg top1_acc answer_em gold_found on_topic brand_safety user_satisfaction
    first_contact_resolution guideline_adherence
    freedom_from_bias freedom-from-bias freedomFromHallucination free_from_errors absence_of_toxicity
    absence-of-harm absenceOfBias lacks_bias lack_of_hallucinations without_violations asr_accuracy
    injection_resisted attack_blocked attacks_defended_rate jailbreakBlocked signal_to_noise on_time_rate
    errors.correctness metrics/answer-relevancy ragas.contextRecall eval.ndcg@10 hit@k Hit@10 recall@5 mAP
    map@100 MRR@10 hitRate exactMatch tokenF1 rouge-1 Rouge1 answerCorrectness scores.faithfulness
    quality/groundedness zero_shot_accuracy few-shot-accuracy successful_calls valid_steps safe_rate
    worst_group_accuracy macro-f1 microF1 weighted_f1 top-5-accuracy mean_reciprocal_rank
    average_precision successRate task-success passRate pass_at_1 goalAccuracy citationRecall
    citations.precision isCorrect is-valid toolCorrectness noHallucination no-errors doesnt_hallucinate
    never_toxic
    sari parses persona_fidelity p_at_1 recip_rank alignscore summac factscore mos
    is_refusal_correct reproducible goodput tok_per_s samples_per_sec subgoals_reached progress_rate xcomet gemba
    kid_safe recall_at_rank_5 hits_at_rank rank_correct top_rank_hit mem_eval_score outputTokens/s queries/s
    anls insightfulness actionability upvote_share bartscore images_per_second tokens/s it/s docs/min tasks_done
    criteria_met ctx_prec ans_corr
""")

DOWN = _names("""
    nb_erreurs fallos alucinaciones tasa_de_error fehlende_quellen taux_échec
    no_evidence_found no_goal_reached no_tool_success lacks_citation_support lack_of_context_relevance
    lack_of_answer_completeness without_any_citation_support ece_calibration brier_calibration
    fast_model_error_rate latency_budget_violations
    too_verbose crps frr slowdown timed_out over_budget zero_result_rate nsfw_score edit_dist
    undertriage collisions not_very_helpful
    hallucination hallucination_rate hallucination_score toxicity toxicity_score bias biased citation_mismatch
    fabricated fabricated_source policy_violations violations is_critical_failure refusal_rate edit_distance
    levenshtein_distance wer cer error_rate num_errors errors perplexity ppl loss eval_loss val_nll mae rmse mse
    brier_score ece fpr false_positive_rate false_negatives incorrect is_wrong inaccurate irrelevance unhelpful
    ungrounded_claims unsupported unfaithful harmful harm_score unsafe risk_score missing_citations omissions
    contradictions redundancy repetition off_topic leaked_pii pii_leakage injection_success attack_success_rate
    jailbreak_rate profanity invalid_json format_errors tool_errors timeouts crashes failures failed
    failure_rate not_grounded non_compliance accuracy_drop quality_loss misinformation noise_sensitivity
    over_refusal sycophancy truncated empty_answers unanswered disagreement inconsistency incoherent
    wrong_tool_calls stale_citations hallucinated_claims hallucinations_per_answer toxic_spans gender_bias
    stereotyping hate_speech offensive insult_rate contradiction_rate incompleteness inaccuracies imprecise
    grounding_violations compliance_failures correctness_mistakes reward_hacking
    ambiguous_errors misclassified mislabeled mismatch_count missed_facts missing_fields dropped_rows
    exceptions_total bugs defects complaint_rate escalation_rate thumbs_down losses loss_rate lost cross_entropy
    bits_per_byte kl_divergence frechet_distance hamming_distance mean_absolute_error word_error_rate
    char_error_rate false_positives fnr calibration_error verbatim_leakage prompt_injection_rate
    vulnerability_count unsafe_outputs danger_level disrespectful rule_breaks constraint_violations
    guardrail_violations irrelevant_context unverified_claims unsupported_claims nonsense_rate gibberish
    duplicated_answers drift forgetting_rate regret penalty severity performance_degradation recall_loss
    not_relevant isn't_correct never_correct NoiseSensitivity PIILeakage RoleViolation MisuseMetric
    IndirectAttack UngroundedAttributes CodeVulnerability ViolenceEvaluator Criminality Maliciousness
    Harmfulness Insensitivity Misogyny Stereotypes UserFrustration empty_patch word_perplexity byte_perplexity
    TER hallucinated_entities num_unsupported missing_evidence parse_errors schema_violations off_brand
    dead_links broken_citations unresolved_rate wrong_refusals jailbroken leaked_secrets bias_score nonsensical
    truncation_rate user_complaints abandonment_rate mean_abs_error max_error kl wasserstein_distance
    incorrect_tool
    asr ASR attackSuccessRate attack-success-rate safety.attack_success_rate staleness stale_answer
    lacks_citation lacksCitation lacking_evidence lack_of_clarity lack-of-grounding lackOfRelevance
    missing_sources citationsMissing uncited_claims generalization_gap accuracy-gap fairnessGap
    semantic_drift cumulative_regret safety/toxicity safety.toxicity toxicity.score eval/errorRate
    hallucination.rate wordErrorRate charErrorRate scores.perplexity brierScore brier ece eceLoss valLoss
    isHallucinated hallucinationRate biasScore harm-score refusalRate falseRefusalRate overRefusal toxicityLevel
    risk_level not_correct not-grounded policyViolations ruleBreaks numErrors editDistance hammingDistance
    calibrationError noiseSensitivity formatErrors invalidJSON piiLeakage promptInjectionSuccess
    unsafeRate unfaithfulClaims contradictionRate omissionRate incorrectAnswers failed-tool-calls
    duplicateRate mean_squared_error bits-per-byte klDivergence crossEntropy
    hallu made_up_refs phantom_citations bogus_urls dangling_refs extraneous_info slurs overblocking false_refusals
    nondeterminism lpips logloss grammar_issues stack_traces oom_count rate_limited eer wasted_calls nan_count
    no_answer_rate scope_creep rework_rate negative_feedback confusion misroutes did_not_answer cannot_parse
    vagueness tokens_wasted err err_rate errs fp_rate abs_err broken_tests
""")

RESOURCE = _names("""
    screen_load_time session_latency site_response_time time_limit_exceeded_s cost_budget_exceeded slowest_time
    latency latency_ms latency_s p95_latency_ms duration duration_seconds wall_clock_s runtime_seconds
    elapsed_sec total_time_s response_time execution_time ttft ttft_ms time_to_first_token tokens total_tokens
    input_tokens completion_tokens num_tokens cost cost_usd total_cost price_usd turns num_turns steps num_steps
    step_count retries num_retries tool_retries tool_calls num_tool_calls llm_calls api_calls n_requests
    iterations attempts memory_mb peak_memory_gb energy_kwh co2_grams latency_sec durationMs elapsedMs gpu_hours
    cost_per_query tokens_per_answer mean_latency latencyMs e2e_latency_ms request_duration generation_time_s
    inference_time_ms processing_seconds wallclock_time runtime elapsed time_taken_s prompt_tokens tokens_used
    reasoning_tokens usd_cost spend_usd cost_cents dollars n_turns conversation_turns agent_steps max_steps_used
    retry_count function_calls total_requests n_iterations attempt_count ram_mb gpu_memory cpu_seconds
    bytes_sent user_cost agent_cost llm_tokens gen_time_ms retrieval_latency_s rerank_ms total_seconds
    n_llm_calls search_calls num_hops wall_time cpu_time prompt_cost_usd out_tokens tool_invocations api_retries
    max_memory_mb p99_ms turns_until_resolved bytes_received max_turns_used
    time_to_resolution timeToResolution turns_to_success steps-to-goal resolution_time completion_time_s
    success_latency responseTimeMs usage.total_tokens costUsd perf/latency_ms totalCost tokensPerAnswer numTurns
    wallClockSeconds toolCalls latency/p95 metrics.latency
    latency/s time/s duration/min response_time/s ttft/s p95/s runtime/h retrieval/s total/s retries/min memory/s
    retries_per_minute gpu_mem
    secs credits_used searches num_actions round_trips rounds secs_total mem_mb
""")

UNKNOWN = _names("""
    no_context_relevance tp99 time_on_site has_no_quality_score
    required_tool_calls gold_steps expected_turns reference_tokens cost_budget time_limit_s tokens_remaining
    survival_time reading_time session_time dwell_time distance_traveled cached_tokens gpu_utilization
    error_type failure_mode bias_direction prompt_toxicity question_ambiguity has_error_in_question
    left_right agree_with_user exclamation_marks correct_options chunk_overlap
    foo tone sentiment verbosity answer_length length word_count temperature difficulty year category_id delta x
    formality complexity persona confidence num_chunks latency_score harmful_refusal_rate level depth style
    no_context bar language response_length sentence_count num_documents rank_bucket age flavour hue gender
    intent_id emotion polarity stance AspectCritic StringPresence Sentiment Controversiality mauve temperature
    hop_count_expected chunk_size answer_type country output_length word_count n_sentences
    score_diff scoreDiff score-diff eval.score_diff faithfulness_delta delta_accuracy accuracyChange
    latency_diff bias_delta toxicity-diff change_in_score score_shift creativity creativity_level originality
    novelty quality_level supportLevel relevance-level accuracy_stderr accStderr score_std f1_variance
    recall_ci faithfulness_threshold score_weight self_bleu flesch_kincaid_grade readability_grade reading_ease_band
    reward_gap score_gap hallucination_detected toxicity_detection piiCheck bias-check attack_detected
    time_to_failure zero_shot unit_tests ground_truth standard_error p_value absence_of_citations
    without_sources num_citations entropy semantic_entropy uncertainty margin compression_ratio distinct_2
    rank_of_first_relevant gold_rank mean_rank rank_of_answer calibration abstention tier category.level
    kid_friendly long_mem_eval partial_credits credits_earned mean_gold_rank_avg
    z_score similarity_rank win_minus_loss
    min_turns max_retries max_tool_calls max_iterations response_bytes byte_count rating_count num_scores n_ratings
    baseline_accuracy oracle_recall random_f1 human_rouge reference_chrf help_requested refund_wanted hedging
    pct_stereotype stereotype_score
""")
