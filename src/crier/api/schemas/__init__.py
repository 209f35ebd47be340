"""What the API takes and gives; the OpenAPI document is made from these."""
