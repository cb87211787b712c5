"""Statistics (统计): read models for pages; owns no truth and writes nothing.

Words: a Figure is one number of the market; a Card is one public thing as lists show it; a
HomeView is what the front page knows. Joins across rooms live here. Announces and listens to
nothing.
"""
