//! Pure rules of the villages service.
