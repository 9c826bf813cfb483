-- Half a query
-- Saved while it was being written.
select c.customer_id, c.legal_name, from billing.customer as c where (c.status = 'active' and
