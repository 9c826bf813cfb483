"""Who may see, read and change what: the opt-out principle behind the catalog's access port."""
