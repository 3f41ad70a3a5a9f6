"""How a run is made: from a plan to run folders, by a worker that outlives whoever started it.

    plan = read_plan("ragtui.toml")             planfile: strict TOML to a typed `Plan`
    numbers = estimate(plan, dataset)           estimate: calls, tokens and cost before anything is spent
    launch = prepare(plan)                      launch: checked, and run folders made; nothing is asked yet
    worker = Worker.start(launch)               child: `ragtui run FOLDER` in a session of its own
    worker.poll()                               progress, new events, alive or not; `attach` finds it again
    work(launch)                                worker: the same work in this process

Inside the worker: `engine` takes one item-repeat after another (`work`), asks the target (`targets`, `rag`,
`usercode`), the judges (`judges`) and the evaluators (`evaluators`), and writes results (`journal`). Calls to models go
through `llm`, the only module that knows `openai`; `calling` and `limiter` decide about retries and how many at once.
`again` repeats runs or chosen items of them, `rejudge` scores stored answers again, `simulated` pretends to be a model.
"""
