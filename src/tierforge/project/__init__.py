"""Write: a template and its code become files, all or nothing."""
