"""The platform's own door, `/admin/v1`: what operators configure, and what support looks up and puts right."""
