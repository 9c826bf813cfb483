"""Which functions aggregate, count, hash or normalize, by their type or, where none, by name."""

from __future__ import annotations

from sqlglot import exp

from lineage.sql.dialects import words
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.usage import Usage

HASH_FUNCTIONS = (
    exp.CityHash64,
    exp.Encrypt,
    exp.FarmFingerprint,
    exp.HashAgg,
    exp.MD5,
    exp.MD5Digest,
    exp.MD5NumberLower64,
    exp.MD5NumberUpper64,
    exp.SHA,
    exp.SHA1Digest,
    exp.SHA2,
    exp.SHA2Digest,
    exp.StandardHash,
)
HASH_NAMES = words(
    "md5_hex sha1_hex sha2_hex sha224 sha256 sha384 sha512 hash hashbytes fnv_hash crc32 "
    "murmur3_32 murmur_hash xxhash64 xxh64 siphash64 hmac hmac_sha256 hmac_sha512 ora_hash "
    "hashtext hashtextextended digest crypt pgp_sym_encrypt aes_encrypt mask mask_hash "
    "mask_first_n mask_last_n"
)
COUNTS = words(
    "approximate_count_distinct bitmap_union_count count_big "
    "count countif count_if approx_distinct approx_count_distinct uniq uniqexact "
    "uniqcombined uniqhll12 hll count_distinct regr_count"
)
AGGREGATES = (
    words(
        "json_agg jsonb_agg json_object_agg jsonb_object_agg xmlagg array_concat_agg "
        "collect_list collect_set listagg string_agg group_concat groupuniqarray grouparray "
        "quantile quantiles anylast any_value wm_concat bit_and bit_or every range_agg max_by "
        "min_by ts_first_value ts_last_value histogram map_agg multimap_agg map_union "
        "geometric_mean checksum approx_most_frequent numeric_histogram histogram_numeric entropy "
        "tdigest_agg set_agg set_union approx_set qdigest_agg hll_accumulate hll_combine minhash "
        "minhash_combine hll_count.init hll_count.merge st_union_agg st_extent hll_sketch_agg "
        "hll_count.merge_partial "
        "hll_union_agg try_sum try_avg some any approximate_percentile_disc checksum_agg stdevp "
        "stdev var varp collect stats_mode bit_and_agg bit_or_agg bit_xor_agg json_arrayagg "
        "json_objectagg bitstring_agg mad product favg fsum sem arbitrary reservoir_quantile skew "
        "correlation approximate_count_distinct approximate_percentile approximate_median "
        "bitmap_union bitmap_union_count bitmap_intersect bitmap_agg hll_union topn topn_array "
        "group_bit_and group_bit_or group_bit_xor percentile_array window_funnel retention "
        "udfconcat st_collect st_aggr_union bitwise_and_agg bitwise_or_agg bitwise_xor_agg "
        "last_value_agg first_agg last_agg std stddev_agg xmlconcat_agg approx_percentile_array"
    )
    | COUNTS
)
COLLECTORS = frozenset(
    {
        exp.AnyValue,
        exp.ArrayAgg,
        exp.ArrayConcatAgg,
        exp.First,
        exp.Last,
    }
)
"""Aggregates that leave each value as it is, one of them or all in an array, and do not look into
it."""
COLLECTOR_NAMES = words("grouparray anylast collect_list")
PASSERS = frozenset(
    {
        exp.ArrayAppend,
        exp.ArrayConcat,
        exp.ArrayFirst,
        exp.ArrayLast,
        exp.ArrayPrepend,
        exp.ArrayReverse,
        exp.ArraySlice,
        exp.Explode,
        *exp.Explode.__subclasses__(),
        exp.FirstValue,
        exp.Flatten,
        exp.Inline,
        exp.Lag,
        exp.LastValue,
        exp.Lead,
        exp.NthValue,
        exp.Posexplode,
        exp.PosexplodeOuter,
        exp.Shuffle,
        exp.Unnest,
    }
)
"""Functions whose value is one of the items of their first argument, some or all of them, whatever
these hold."""
PASSER_NAMES = words(
    "table inline_outer list_slice list_reverse arrayreverse arrayslice arrayflatten try_element_at"
)
OF_ALL = frozenset({exp.ArrayAppend, exp.ArrayConcat, exp.ArrayPrepend, exp.Greatest, exp.Least})
"""Those whose value is made of all of their arguments alike."""
COMPARERS: dict[type, Usage] = {
    exp.ArrayCompact: use.COMPARED_ITEM,
    exp.ArrayDistinct: use.COMPARED_ITEM,
    exp.ArrayExcept: use.COMPARED_ITEM,
    exp.ArrayIntersect: use.COMPARED_ITEM,
    exp.ArrayMax: use.SORTED_ITEM,
    exp.ArrayMin: use.SORTED_ITEM,
    exp.ArrayRemove: use.COMPARED_ITEM,
    exp.ArrayUniqueAgg: use.COLLECTED_SET,
    exp.Greatest: use.SORTED_ITEM,
    exp.Least: use.SORTED_ITEM,
    exp.Max: use.EXTREME,
    exp.Min: use.EXTREME,
}
"""Functions that leave some of the items or values, and compare them whole."""
COMPARER_NAMES: dict[str, Usage] = {
    "groupuniqarray": use.COLLECTED_SET,
    "collect_set": use.COLLECTED_SET,
    "set_agg": use.COLLECTED_SET,
}
SINGLE_ROW_FUNCTIONS = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
PERCENTILES = (exp.PercentileCont, exp.PercentileDisc, exp.Mode, exp.Quantile)
NORMALIZERS = (
    exp.Cast,
    exp.DateTrunc,
    exp.Initcap,
    exp.Lower,
    exp.RegexpReplace,
    exp.Replace,
    exp.Round,
    exp.StrToDate,
    exp.StrToTime,
    exp.TimestampTrunc,
    exp.Trim,
    exp.TsOrDsToDate,
    exp.Upper,
)
NORMALIZER_NAMES = words(
    "normalize unaccent translate strip_accents lpad rpad to_date to_timestamp to_number soundex "
    "ltrim rtrim btrim squeeze regexp_replace"
)
