//! The sanitation service.
