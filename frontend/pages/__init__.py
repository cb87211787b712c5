"""Page routes, one module a room, each with a `router`. They call verbs and render templates."""
