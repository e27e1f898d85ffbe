//! The homestead service.
