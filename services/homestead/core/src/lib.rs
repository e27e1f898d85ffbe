//! Pure rules of the homestead service.
