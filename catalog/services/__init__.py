"""The catalog's writers: one public function is one use case in one transaction."""
