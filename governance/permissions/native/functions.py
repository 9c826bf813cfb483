"""Functions by name: those that only look at their arguments, and those that read elsewhere.

A function that nobody knows may read any table with its owner's rights. What sqlglot knows of any
dialect is built in, so are the words below; of the rest nothing is assumed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect, Dialects

READING = frozenset(
    """
    query query_table table read_csv read_csv_auto sniff_csv read_parquet parquet_scan
    parquet_metadata
    read_json read_json_auto read_json_objects read_ndjson read_text read_blob glob delta_scan
    iceberg_scan sqlite_scan postgres_scan mysql_scan postgres_query mysql_query sqlite_query
    json_execute_serialized_sql from_substrait from_substrait_json arrow_scan pandas_scan
    query_to_xml query_to_xmlschema query_to_xml_and_xmlschema table_to_xml table_to_xmlschema
    table_to_xml_and_xmlschema schema_to_xml database_to_xml cursor_to_xml dblink dblink_exec
    dblink_open dblink_fetch pg_read_file pg_read_binary_file pg_ls_dir lo_get lo_export lo_import
    pg_stat_file pg_relation_size pg_total_relation_size pg_table_size ts_stat crosstab connectby
    xpath_table result_scan table_changes external_query openquery openrowset opendatasource
    predict ml_predict evaluate ml_evaluate load_file sys_exec xmltable vector_search
    pragma_table_info pragma_storage_info pragma_metadata_info duckdb_tables duckdb_columns
    duckdb_views duckdb_constraints duckdb_indexes seq_scan index_scan checkpoint getvariable
    in notin nullin notnullin globalin globalnotin globalnullin globalnotnullin inignoreset
    notinignoreset nullinignoreset notnullinignoreset globalinignoreset globalnotinignoreset
    globalnullinignoreset globalnotnullinignoreset
    a_i_forecast ai_agg ai_classify ai_embed ai_generate ai_similarity ai_summarize_agg embed
    generate generate_bool generate_double generate_int generate_embedding generate_table
    generate_text m_l_forecast m_l_translate features_at_time gap_fill to_file try_to_file
    secret try_secret current_setting set_config nextval currval setval lastval pg_get_viewdef
    get_ddl
    """.split()
)
"""Functions that read tables, files, statistics or the session, run text, or ask a model."""

FROM_ROWS = frozenset(
    """
    unnest generate_series range generate_subscripts flatten explode explode_outer posexplode
    posexplode_outer inline inline_outer stack json_each json_tree jsonb_each json_each_text
    jsonb_each_text json_array_elements json_array_elements_text jsonb_array_elements
    jsonb_array_elements_text json_object_keys jsonb_object_keys json_to_record json_to_recordset
    jsonb_to_record jsonb_to_recordset json_populate_record jsonb_populate_record
    json_populate_recordset jsonb_populate_recordset jsonb_path_query regexp_split_to_table
    regexp_matches numbers numbers_mt zeros zeros_mt generaterandom
    string_to_table split_to_table strtok_split_to_table sequence repeat generate_date_array
    generate_timestamp_array json_table openjson string_split generator repeat_row values
    """.split()
)
"""Functions that make rows of their arguments alone."""

_BUILT_IN = frozenset(
    """
    age array_agg array_append array_cat array_contains array_distinct array_has array_has_all
    array_has_any array_length array_position array_prepend array_remove array_replace array_slice
    array_sort array_to_json array_to_string array_unique array_upper array_value arg_max arg_min
    argmax argmin ascii bar base64 bin bit_length bool_and bool_or btrim cardinality cbrt
    ceil char_length character_length chr clock_timestamp concat_ws contains cot covar_pop
    covar_samp damerau_levenshtein date_add date_diff date_part date_sub datediff datepart dayname
    dayofmonth dayofweek dayofyear decode degrees div element_at encode ends_with entropy epoch
    epoch_ms equi_width_bins even factorial favg fdiv filter first fmod format
    from_base64 fsum gamma gcd geomean geometric_mean get_bit grade_up greatest_common_divisor
    hamming hash histogram host ifnull initcap instr isfinite isinf isnan iso_week isodow
    isoyear jaccard jaro_similarity jaro_winkler_similarity json json_array json_array_length
    json_build_array json_build_object json_contains json_exists json_extract_path
    json_extract_path_text json_extract_string json_group_array json_group_object json_keys
    json_merge_patch json_object json_quote json_structure json_transform json_type json_valid
    json_value jsonb_agg jsonb_array_length jsonb_build_array jsonb_build_object
    jsonb_extract_path_text jsonb_object_agg jsonb_set jsonb_typeof json_typeof julian kahan_sum
    kurtosis last last_value lcase lcm least_common_multiple left len lgamma
    like_escape list list_aggregate list_aggr list_any_value list_append list_apply list_avg
    list_cat list_concat list_contains list_cosine_similarity list_count list_distance
    list_distinct list_dot_product list_element list_extract list_filter list_first list_has
    list_has_all list_has_any list_indexof list_intersect list_last list_max list_median list_min
    list_mode list_pack list_position list_prepend list_product list_reduce list_resize
    list_reverse list_reverse_sort list_select list_slice list_sort list_string_agg list_sum
    list_transform list_unique list_value list_where list_zip ln localtime localtimestamp log2 lpad
    ltrim mad make_date make_time make_timestamp map map_concat map_contains map_entries map_extract
    map_from_entries map_keys map_values mean median microsecond millennium millisecond min_by
    max_by mismatches mod monthname multiply nanosecond nfc_normalize nextafter not_ilike_escape
    nullif
    num_nonnulls num_nulls octet_length ord overlay parse_filename pi position power printf product
    quantile quantile_cont quantile_disc quarter radians random regexp_count regexp_escape
    regexp_extract regexp_extract_all regexp_full_match regexp_like regexp_matches regexp_replace
    regexp_split_to_array regexp_substr remainder repeat replace reservoir_quantile reverse right
    round_even row row_to_json rpad rtrim scale setseed sha1 sha224 sha384 sha512 sign sign_bit
    signbit sin sinh skewness soundex split split_part sqrt starts_with statement_timestamp
    stddev_pop stddev_samp str_split string_agg string_split_regex string_to_array strip_accents
    strlen strpos struct_extract struct_insert struct_pack subtract sumkahan tan tanh
    timezone to_base to_base64 to_binary to_char to_date to_days to_hex to_hours to_json to_jsonb
    to_minutes to_months to_number to_seconds to_timestamp to_years today translate trim trunc
    try_cast try_strptime txid_current typeof ucase unaccent unbin unhex unicode union_extract
    union_tag union_value unpivot_list upper url_decode url_encode uuid var_pop var_samp variance
    vector_type week weekday weekofyear width_bucket xor year yearweek zip add
    bit_count bit_position bitstring bitstring_agg approx_quantile any_value countif count_if
    count_star corr regr_slope regr_intercept regr_r2 regr_count regr_avgx regr_avgy histogram_exact
    json_serialize nullifzero zeroifnull to_varchar to_decimal to_numeric to_double to_boolean
    to_array to_object to_variant is_array is_object as_varchar object_construct object_keys
    array_size array_construct parse_url hll approx_top_k safe_divide ratio_to_report
    cume_dist percent_rank ntile dense_rank rank row_number lag lead nth_value first_value
    aggregate transform reduce none_match any_match all_match zip_with map_filter transform_keys
    transform_values from_unixtime unix_timestamp date_format inet_aton inet_ntoa elt field
    find_in_set makedate maketime period_add period_diff sec_to_time time_to_sec str_to_date
    substring_index adddate subdate curdate curtime now sysdate utc_timestamp
    alias ago arg_max_null arg_max_nulls_last arg_min_null arg_min_nulls_last array_aggr
    array_aggregate array_apply array_cosine_distance array_cosine_similarity
    array_cross_product array_distance array_dot_product array_extract array_grade_up
    array_indexof array_inner_product array_negative_dot_product array_negative_inner_product
    array_pop_back array_pop_front array_push_back array_push_front array_reduce array_resize
    array_select array_transform array_where array_zip binom can_cast_implicitly century
    constant_or_null create_sort_key current_localtime days_in_month decade decimal_division
    divide enum_code enum_first enum_last enum_range enum_range_boundary epoch_ns epoch_us era
    fill format_bytes formatreadabledecimalsize formatreadablesize from_binary
    json_serialize_sql variant_typeof from_json_strict get_current_timestamp get_type ilike_escape
    is_histogram_other_bin
    json_deep_merge json_group_structure json_insert json_merge_patch_diff json_normalize
    json_pretty json_replace json_transform_strict kurtosis_pop left_grapheme length_grapheme
    list_approx_count_distinct list_bit_and list_bit_or list_bit_xor list_bool_and list_bool_or
    list_entropy list_grade_up list_histogram list_inner_product list_kurtosis list_kurtosis_pop
    list_mad list_negative_dot_product list_negative_inner_product list_sem list_skewness
    list_stddev_pop list_stddev_samp list_var_pop list_var_samp lttb make_timestamp_ms
    make_timestamp_ns make_timestamptz map_contains_entry map_contains_value map_extract_value
    md5_number md5_number_lower md5_number_upper normalized_interval not_like_escape
    parse_dirname parse_dirpath parse_formatted_bytes parse_path path_join pg_size_pretty
    pg_typeof prefix rank_dense right_grapheme roundbankers sem set_bit struct_concat
    struct_contains struct_extract_at struct_has struct_indexof struct_keys struct_position
    struct_update struct_values substring_grapheme suffix sum_no_overflow switch timezone_hour
    timezone_minute to_centuries to_decades to_microseconds to_millennia to_milliseconds
    to_quarters to_weeks transaction_timestamp uuid_extract_timestamp uuid_extract_version
    uuidv4 uuidv7 wavg weighted_avg
    abbrev acosd area array_dims array_fill array_lower array_ndims array_positions
    array_to_tsvector asind atan2d atand broadcast cash_words circle cosd cotd daterange
    diagonal diameter family get_byte height hostmask int4range int8range int4multirange
    int8multirange datemultirange nummultirange tsmultirange tstzmultirange numrange tsrange
    tstzrange is_normalized isclosed isempty isopen json_to_tsvector jsonb_insert jsonb_object
    jsonb_path_exists jsonb_path_match jsonb_path_query_array jsonb_path_query_first
    jsonb_populate_record jsonb_pretty jsonb_set_lax jsonb_strip_nulls jsonb_to_tsvector
    json_strip_nulls lower_inc lower_inf masklen min_scale multirange netmask network npoints
    numnode overlaps parse_ident pclose phraseto_tsquery plainto_tsquery point polygon popen
    quote_ident quote_literal quote_nullable querytree radius range_agg range_intersect_agg
    range_merge regexp_match set_byte set_masklen setweight sind slope strip tand to_ascii
    to_tsquery to_tsvector trim_array trim_scale ts_delete ts_filter ts_headline ts_lexize
    ts_rank ts_rank_cd tsquery_phrase tsvector_to_array unistr upper_inc upper_inf
    websearch_to_tsquery width xml_is_well_formed xmlagg xmlcomment xmlexists xpath xpath_exists
    """.split()
)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    names = set(_BUILT_IN) | {name.lower() for name in exp.FUNCTION_BY_NAME}
    for dialect in Dialects:
        if dialect.value:
            names |= {
                name.lower() for name in Dialect.get_or_raise(dialect.value).parser_class.FUNCTIONS
            }
    return frozenset(names - READING)


def is_built_in(name: str, dialect: str = "") -> bool:
    """Whether a function of that name looks at its arguments alone; in one dialect, also what only
    that engine brings along."""
    lowered = name.lower()
    if lowered in _known() or lowered in _brought_by(dialect):
        return True
    combined = _COMBINED.match(lowered) if dialect == "clickhouse" else None
    return combined is not None and is_built_in(combined[1], dialect)


_COMBINED = re.compile(
    r"(\w+?)(?:if|array|map|simplestate|state|merge|mergestate|foreach|distinct|ordefault|ornull"
    r"|resample|argmin|argmax)$"
)
"""An aggregate of ClickHouse with a combinator behind its name."""
_LISTS = {
    "duckdb": ("duckdb",),
    "presto": ("trino",),
    "athena": ("trino",),
    "trino": ("trino",),
    "clickhouse": ("clickhouse",),
    "mysql": ("mysql",),
    "singlestore": ("mysql",),
    "postgres": ("postgres",),
    "spark": ("spark",),
    "databricks": ("spark", "databricks"),
    "snowflake": ("snowflake",),
    "bigquery": ("bigquery",),
    "tsql": ("tsql",),
    "fabric": ("tsql",),
    "oracle": ("oracle",),
}
"""By dialect, the lists in `built_in/`: what the server itself names (ClickHouse 26.9's
`system.functions`, Trino 476's SHOW FUNCTIONS, MariaDB 10.11's `SQL_FUNCTIONS`, PostgreSQL 18's
`pg_proc`) or its manual does (Spark 4.2, Databricks, Snowflake, BigQuery, SQL Server 2022, Oracle
23ai), without what looks at stored data, files, other servers, models or locks, or tells more of
the session than who asks and where, without what raises errors of its own, and without what is
known of any dialect; of DuckDB, what no other engine is known to have.
A name with a dot is that of a function with its family, which no schema is called like."""


@lru_cache(maxsize=16)
def _brought_by(dialect: str) -> frozenset[str]:
    folder = Path(__file__).parent / "built_in"
    texts = [
        (folder / f"{name}.txt").read_text(encoding="utf-8") for name in _LISTS.get(dialect, ())
    ]
    return frozenset(" ".join(texts).split()) - READING


@lru_cache(maxsize=1)
def missing_in_duckdb() -> frozenset[str]:
    """Functions that other engines have and DuckDB has not, so that what is called so there is
    somebody's macro."""
    text = (Path(__file__).parent / "built_in" / "missing_in_duckdb.txt").read_text("utf-8")
    return frozenset(text.split())


def is_of_family(call: exp.Expr, dialect: str) -> bool:
    """Whether a call is that of a built-in function with its family (`NET.HOST(a)`)."""
    around = call.parent
    if isinstance(around, exp.NetFunc):
        family = "net"
    elif isinstance(around, exp.Dot) and isinstance(around.this, exp.Identifier):
        family = "" if around.this.args.get("quoted") else around.this.name.lower()
    else:
        return False
    return f"{family}.{name_of(call)}" in _brought_by(dialect)


def names_by_text(node: exp.Expr) -> bool:
    """Whether a part of a statement names what it means by a text (`IDENTIFIER('a')`)."""
    is_call = isinstance(node, exp.Anonymous) and name_of(node) == "identifier"
    return is_call or isinstance(node, exp.DynamicIdentifier)


def is_known_by_text(node: exp.Expr) -> bool:
    """Whether such a text stands there as it is, and names no function that is called."""
    is_call = isinstance(node, exp.Anonymous)
    given = node.expressions[:1] if is_call else [node.this]
    is_called = isinstance(node.parent, exp.Aliases) or (not is_call and bool(node.expressions))
    return not is_called and all(isinstance(one, exp.Literal) and one.is_string for one in given)


def name_of(function: exp.Expr) -> str:
    """The name of a function in lower case."""
    if isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
        return function.name.lower()
    if isinstance(function, exp.Func):
        return str(function.sql_name()).lower()
    return ""
