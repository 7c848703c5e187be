"""The answers of the HTTP routes; docs/http_api.md describes them."""
