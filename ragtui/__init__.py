"""ragtui tells signal from noise in RAG and LLM evaluation runs."""

__version__ = "0.1.0"
