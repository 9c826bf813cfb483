-- Tenants of customers that do not pay
-- Suspends a tenant when its customer owes for more than 60 days and three steps were tried.
update product.tenant as t
set suspended_at = cast(getvariable('loaded_at') as timestamp)
where t.suspended_at is null
    and t.customer_id in (
        select c.customer_id
        from core.dim_customer as c
        inner join core.fct_invoice as i on i.customer_key = c.customer_key
        where i.days_overdue > 60 and i.open_usd > 100
    )
    and (
        select count(*)
        from billing.dunning_event as d
        inner join billing.invoice as b using (invoice_id)
        where b.customer_id = t.customer_id
    ) >= 3
