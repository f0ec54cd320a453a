from .html import html_page

__all__ = ["html_page"]
