"""What touches the document: one module a part of the page. It decides little; see its callers."""
