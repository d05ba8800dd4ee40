def word(record):
    return record["title"] if isinstance(record, dict) else record
