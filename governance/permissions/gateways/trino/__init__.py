"""Trino's OPA access control as its plugin speaks it (`access-control.name=opa`), five endpoints.

    POST /gw/SECRET/v1/data/trino/allow                one operation: true or false
    POST /gw/SECRET/v1/data/trino/batch                Filter...: the places that may be seen
    POST /gw/SECRET/v1/data/trino/row_filters          GetRowFilters: conditions, all ANDed
    POST /gw/SECRET/v1/data/trino/column_mask          GetColumnMask of one column
    POST /gw/SECRET/v1/data/trino/batch_column_masks   GetColumnMask of many columns

The secret says which gateway asks. Members that are not known are ignored, members that are needed
and have another type are refused (400), operations that are not known are denied.
"""
