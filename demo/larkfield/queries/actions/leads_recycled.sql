-- Leads back to marketing
-- A lead that sales left alone for two weeks is recycled.
update crm.lead
set status = 'recycled', owner_employee_id = null
where status = 'accepted'
    and lead_id in (
        select s.lead_id
        from core.fct_lead_state as s
        where s.state = 'sal' and s.is_current and s.days_in_state > 14
    )
