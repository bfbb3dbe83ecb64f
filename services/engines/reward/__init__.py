"""Which codes are left, and that none is given twice."""
