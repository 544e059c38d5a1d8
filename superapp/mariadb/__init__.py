"""Django's MySQL backend with exact columns and forgiving searches."""
