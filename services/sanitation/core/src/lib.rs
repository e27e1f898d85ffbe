//! Pure rules of the sanitation service.
