"""What each kind looks like: field types, strict decoding, defaults, validation, OpenAPI documents.

Pure functions over objects. Nothing here knows the store, the clock or other objects; rules that look
at other objects belong to `admission`.
"""
