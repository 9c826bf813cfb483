-- No card numbers in transcripts
-- Transcripts with twelve digits or more in a row.
select count(*) as violations
from support.call_recording as r
where regexp_matches(r.transcript, '[0-9]{12,}')
