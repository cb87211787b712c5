# Forwards to dev.py, which needs nothing but Python; use it directly where there is no make.
# PORT=9000 goes on to it, and so does ARGS="…".
.PHONY: run test build check chaos chaos-long fuzz bench-search bench-relevance pictures lock fmt
run test build check chaos chaos-long fuzz bench-search bench-relevance pictures lock fmt:
	@$(or $(PYTHON),python3) dev.py $@ $(ARGS)
