-- asked_by_id(id, leaf, reading, value)

-- asked
SELECT
  persons.person,
  a.leaf,
  a.reading,
  a.value
FROM asked_by_id AS a
INNER JOIN persons
  ON persons.id = a.id;

-- last_member(concept, word, we_lo, we_hi, every, before0, from0, band0, bit0, members0)
--   11, 0, 2000000000, 2000000000, 2, -2000000000, -2000000000, 2, 2, 1

-- last_bits
SELECT
  person,
  word,
  BIT_OR(t) AS t,
  BIT_OR(f) AS f,
  BIT_OR(p) AS p,
  BIT_OR(x) AS x
FROM (
  SELECT
    person,
    word,
    CASE WHEN clear THEN inside & sure & met ELSE 0 END AS t,
    CASE WHEN clear THEN inside & sure & (
      ~met
    ) ELSE 0 END AS f,
    CASE WHEN clear THEN older ELSE 0 END AS p,
    CASE
      WHEN clear
      THEN every & (
        ~older
      ) & (
        ~(
          inside & sure
        )
      )
      ELSE every
    END AS x
  FROM (
    SELECT
      f.person,
      w.word,
      w.every,
      (
        (
          CASE WHEN f.t_lo >= w.from0 THEN w.band0 ELSE 0 END
        )
      ) AS inside,
      (
        (
          CASE WHEN f.t_hi < w.before0 THEN w.band0 ELSE 0 END
        )
      ) AS older,
      (
        (
          CASE WHEN NOT f.cats IS NULL THEN w.every ELSE 0 END
        )
      ) AS sure,
      (
        (
          CASE WHEN (
            f.cats & w.members0
          ) <> 0 THEN w.bit0 ELSE 0 END
        )
      ) AS met,
      (
        f.flags & 28
      ) = 0 AND f.e_hi IS NULL AND f.t_hi <= w.we_lo AS clear
    FROM facts AS f
    INNER JOIN last_member AS w
      ON w.concept = f.concept
    WHERE
      f.t_lo <= w.we_hi AND (
        f.next > w.we_hi OR f.next >= 2000000000
      )
  ) AS f
) AS b
GROUP BY
  person,
  word;

-- exists_bits
SELECT
  person,
  word,
  BIT_OR(t) AS t,
  BIT_OR(v) AS v,
  BIT_OR(b) AS b,
  BIT_OR(x) AS x
FROM (
  SELECT
    person,
    0 AS word,
    0 AS t,
    0 AS v,
    0 AS b,
    0 AS x
  FROM persons
  WHERE
    FALSE
) AS b
GROUP BY
  person,
  word;

-- last_leaves(leaf, word, mask, pick)
--   1, 0, 2, 2

-- exists_leaves(leaf, word, mask, pick)

-- open_picks
SELECT DISTINCT
  person,
  pick
FROM (
  SELECT DISTINCT
    b.person,
    l.pick
  FROM last_bits AS b
  INNER JOIN last_leaves AS l
    ON l.word = b.word
  WHERE
    b.x <> 0 AND (
      b.x & l.mask
    ) <> 0
  UNION ALL
  SELECT DISTINCT
    b.person,
    l.pick
  FROM exists_bits AS b
  INNER JOIN exists_leaves AS l
    ON l.word = b.word
  WHERE
    b.x <> 0 AND (
      b.x & l.mask
    ) <> 0
) AS o;

-- selection_0_readings(reading, pick, concept, part, mask, operator, alt_unit, wnotes, averaged, dflt, threshold, alt_limit)
--   0, 0, 1, 0, 0, 0, -1, 0, 0, None, None, None
--   2, 2, 11, 4, 1, 0, -1, 0, 0, None, None, None

-- selection_0_windows_last(pick, concept, ws_lo, ws_hi, we_lo, we_hi, rule, near_lo, near_hi, members, sign, threshold)
--   2, 11, -2000000000, -2000000000, 2000000000, 2000000000, 0, 0, 0, None, None, None

-- selection_0_windows_open(pick, concept, ws_lo, ws_hi, we_lo, we_hi, rule, near_lo, near_hi, members, sign, threshold)
--   2, 11, -2000000000, -2000000000, 2000000000, 2000000000, 0, 0, 0, None, None, None

-- selection_0_windows_hard
SELECT
  f.person,
  w.pick
FROM facts AS f
INNER JOIN (
  SELECT
    o.person,
    w.*
  FROM open_picks AS o
  INNER JOIN selection_0_windows_open AS w
    ON w.pick = o.pick
) AS w
  ON f.person = w.person AND f.concept = w.concept
WHERE
  f.t_lo <= w.we_hi
  AND (
    f.next > w.we_hi OR f.next >= 2000000000
  )
  AND NOT (
    (
      f.flags & 28
    ) = 0
    AND f.e_hi IS NULL
    AND (
      (
        f.t_hi <= w.we_lo AND f.t_lo >= w.ws_hi
      ) OR f.t_hi < w.ws_lo
    )
  );

-- selection_0_windows(pick, concept, ws_lo, ws_hi, we_lo, we_hi, rule, near_lo, near_hi, members, sign, threshold)
--   0, 1, 28530720, 28530720, 29057759, 29057759, 3, 0, 0, None, None, None

-- selection_0_found
SELECT
  person,
  pick,
  rule,
  concept,
  t_lo,
  t_hi,
  x_lo,
  x_hi,
  v_lo,
  v_hi,
  cats,
  r_lo,
  r_hi,
  lod,
  raw,
  unit,
  flags,
  problem,
  source,
  possible,
  absent,
  older,
  CASE WHEN possible = 1 AND must = 1 AND uncertain = 0 THEN 1 ELSE 0 END AS sure,
  uncertain,
  CASE rule
    WHEN 0
    THEN t_lo
    WHEN 1
    THEN -t_hi
    WHEN 2
    THEN -COALESCE(v_hi, CAST('Infinity' AS DOUBLE))
    WHEN 3
    THEN COALESCE(v_lo, -CAST('Infinity' AS DOUBLE))
    WHEN 4
    THEN -GREATEST(ABS(d_hi - near_lo), ABS(near_hi - d_lo))
    ELSE 0
  END AS k_must,
  CASE rule
    WHEN 0
    THEN t_hi
    WHEN 1
    THEN -t_lo
    WHEN 2
    THEN -COALESCE(v_lo, -CAST('Infinity' AS DOUBLE))
    WHEN 3
    THEN COALESCE(v_hi, CAST('Infinity' AS DOUBLE))
    WHEN 4
    THEN -GREATEST(0, d_lo - near_hi, near_lo - d_hi)
    ELSE 0
  END AS k_may
FROM (
  SELECT
    f.person,
    w.pick AS pick,
    w.rule,
    w.near_lo,
    w.near_hi,
    f.concept,
    f.t_lo,
    f.t_hi,
    COALESCE(f.e_lo, f.t_lo) AS x_lo,
    COALESCE(f.e_hi, f.t_hi) AS x_hi,
    f.v_lo,
    f.v_hi,
    f.cats,
    f.r_lo,
    f.r_hi,
    f.lod,
    f.raw,
    f.unit,
    f.flags,
    f.problem,
    f.source,
    CAST(FLOOR(f.t_lo / 1440e0) AS BIGINT) AS d_lo,
    CAST(FLOOR(f.t_hi / 1440e0) AS BIGINT) AS d_hi,
    CASE
      WHEN (
        f.flags & 4
      ) = 0
      AND f.t_lo <= w.we_hi
      AND COALESCE(f.e_hi, f.t_hi) >= w.ws_lo
      THEN 1
      ELSE 0
    END AS possible,
    CASE
      WHEN f.t_hi <= w.we_lo AND COALESCE(f.e_lo, f.t_lo) >= w.ws_hi
      THEN 1
      ELSE 0
    END AS must,
    CASE WHEN (
      f.flags & 8
    ) = 0 THEN 0 ELSE 1 END AS uncertain,
    CASE
      WHEN (
        f.flags & 4
      ) <> 0
      AND (
        f.flags & 8
      ) = 0
      AND f.t_hi <= w.we_lo
      AND COALESCE(f.e_lo, f.t_lo) >= w.ws_hi
      THEN 1
      ELSE 0
    END AS absent,
    CASE WHEN COALESCE(f.e_hi, f.t_hi) < w.ws_lo THEN 1 ELSE 0 END AS older
  FROM facts AS f
  INNER JOIN (
    SELECT
      h.person,
      w.*
    FROM selection_0_windows_hard AS h
    INNER JOIN selection_0_windows_last AS w
      ON w.pick = h.pick
  ) AS w
    ON w.person = f.person AND w.concept = f.concept
  WHERE
    f.t_lo <= GREATEST(w.we_hi, w.ws_lo) AND TRUE
) AS reached
UNION ALL
SELECT
  person,
  pick,
  rule,
  concept,
  t_lo,
  t_hi,
  x_lo,
  x_hi,
  v_lo,
  v_hi,
  cats,
  r_lo,
  r_hi,
  lod,
  raw,
  unit,
  flags,
  problem,
  source,
  possible,
  absent,
  older,
  CASE WHEN possible = 1 AND must = 1 AND uncertain = 0 THEN 1 ELSE 0 END AS sure,
  uncertain,
  CASE rule
    WHEN 0
    THEN t_lo
    WHEN 1
    THEN -t_hi
    WHEN 2
    THEN -COALESCE(v_hi, CAST('Infinity' AS DOUBLE))
    WHEN 3
    THEN COALESCE(v_lo, -CAST('Infinity' AS DOUBLE))
    WHEN 4
    THEN -GREATEST(ABS(d_hi - near_lo), ABS(near_hi - d_lo))
    ELSE 0
  END AS k_must,
  CASE rule
    WHEN 0
    THEN t_hi
    WHEN 1
    THEN -t_lo
    WHEN 2
    THEN -COALESCE(v_lo, -CAST('Infinity' AS DOUBLE))
    WHEN 3
    THEN COALESCE(v_hi, CAST('Infinity' AS DOUBLE))
    WHEN 4
    THEN -GREATEST(0, d_lo - near_hi, near_lo - d_hi)
    ELSE 0
  END AS k_may
FROM (
  SELECT
    f.person,
    w.pick AS pick,
    w.rule,
    w.near_lo,
    w.near_hi,
    f.concept,
    f.t_lo,
    f.t_hi,
    COALESCE(f.e_lo, f.t_lo) AS x_lo,
    COALESCE(f.e_hi, f.t_hi) AS x_hi,
    f.v_lo,
    f.v_hi,
    f.cats,
    f.r_lo,
    f.r_hi,
    f.lod,
    f.raw,
    f.unit,
    f.flags,
    f.problem,
    f.source,
    CAST(FLOOR(f.t_lo / 1440e0) AS BIGINT) AS d_lo,
    CAST(FLOOR(f.t_hi / 1440e0) AS BIGINT) AS d_hi,
    CASE
      WHEN (
        f.flags & 4
      ) = 0
      AND f.t_lo <= w.we_hi
      AND COALESCE(f.e_hi, f.t_hi) >= w.ws_lo
      THEN 1
      ELSE 0
    END AS possible,
    CASE
      WHEN f.t_hi <= w.we_lo AND COALESCE(f.e_lo, f.t_lo) >= w.ws_hi
      THEN 1
      ELSE 0
    END AS must,
    CASE WHEN (
      f.flags & 8
    ) = 0 THEN 0 ELSE 1 END AS uncertain,
    CASE
      WHEN (
        f.flags & 4
      ) <> 0
      AND (
        f.flags & 8
      ) = 0
      AND f.t_hi <= w.we_lo
      AND COALESCE(f.e_lo, f.t_lo) >= w.ws_hi
      THEN 1
      ELSE 0
    END AS absent,
    CASE WHEN COALESCE(f.e_hi, f.t_hi) < w.ws_lo THEN 1 ELSE 0 END AS older
  FROM facts AS f
  INNER JOIN selection_0_windows AS w
    ON f.concept = w.concept
  WHERE
    f.t_lo <= GREATEST(w.we_hi, w.ws_lo) AND TRUE
) AS reached;

-- selection_0_grouped
-- 10180 characters, sha256 1fd461cad7da4ad74033e3f7a25074946b565bf5a7b7fc72505595d138fd3a53

-- count_0_given(pick, reading, listens, concepts, ws_lo, we_hi, unbounded, wnotes, moved, frame)
--   1, 1, 1, 2, 28530720, 29057759, 0, 0, 0, -1

-- count_0_modes(pick, mode)
--   1, 0

-- count_0_windows(pick, concept, ws_lo, ws_hi, we_lo, we_hi, rule, near_lo, near_hi, members, sign, threshold)
--   1, 4, 28530720, 28530720, 29057759, 29057759, 0, 0, 0, None, None, None
--   1, 5, 28530720, 28530720, 29057759, 29057759, 0, 0, 0, None, None, None

-- count_0_grouped
SELECT
  g.person,
  g.pick,
  g.sure,
  g.possible,
  g.absent,
  g.broad,
  g.vague,
  CASE WHEN mode = 1 THEN concepts_sure ELSE sure END AS low,
  CASE WHEN mode = 1 THEN concepts_possible ELSE possible END AS high
FROM (
  SELECT
    person,
    pick,
    MAX(mode) AS mode,
    SUM(sure) AS sure,
    SUM(possible) AS possible,
    SUM(absent) AS absent,
    MAX(broad) AS broad,
    MAX(vague) AS vague,
    SUM(CASE WHEN sure > 0 THEN 1 ELSE 0 END) AS concepts_sure,
    SUM(CASE WHEN possible > 0 THEN 1 ELSE 0 END) AS concepts_possible,
    SUM(unclear_sure) AS unclear_sure,
    SUM(unclear) AS unclear
  FROM (
    SELECT
      f.person,
      f.pick,
      f.concept,
      MAX(m.mode) AS mode,
      SUM(sure) AS sure,
      SUM(possible) AS possible,
      MAX(absent) AS absent,
      MAX(CASE WHEN possible = 1 AND sure = 0 AND uncertain = 1 THEN 1 ELSE 0 END) AS broad,
      MAX(CASE WHEN possible = 1 AND sure = 0 AND uncertain = 0 THEN 1 ELSE 0 END) AS vague,
      SUM(
        CASE
          WHEN sure = 1
          AND NOT (
            CAST(FLOOR(t_lo / 1440e0) AS BIGINT) = CAST(FLOOR(t_hi / 1440e0) AS BIGINT)
          )
          THEN 1
          ELSE 0
        END
      ) AS unclear_sure,
      SUM(
        CASE
          WHEN possible = 1
          AND NOT (
            CAST(FLOOR(t_lo / 1440e0) AS BIGINT) = CAST(FLOOR(t_hi / 1440e0) AS BIGINT)
          )
          THEN 1
          ELSE 0
        END
      ) AS unclear
    FROM (
      SELECT
        person,
        pick,
        rule,
        concept,
        t_lo,
        t_hi,
        x_lo,
        x_hi,
        v_lo,
        v_hi,
        cats,
        r_lo,
        r_hi,
        lod,
        raw,
        unit,
        flags,
        problem,
        source,
        possible,
        absent,
        older,
        CASE WHEN possible = 1 AND must = 1 AND uncertain = 0 THEN 1 ELSE 0 END AS sure,
        uncertain,
        CASE rule
          WHEN 0
          THEN t_lo
          WHEN 1
          THEN -t_hi
          WHEN 2
          THEN -COALESCE(v_hi, CAST('Infinity' AS DOUBLE))
          WHEN 3
          THEN COALESCE(v_lo, -CAST('Infinity' AS DOUBLE))
          WHEN 4
          THEN -GREATEST(ABS(d_hi - near_lo), ABS(near_hi - d_lo))
          ELSE 0
        END AS k_must,
        CASE rule
          WHEN 0
          THEN t_hi
          WHEN 1
          THEN -t_lo
          WHEN 2
          THEN -COALESCE(v_lo, -CAST('Infinity' AS DOUBLE))
          WHEN 3
          THEN COALESCE(v_hi, CAST('Infinity' AS DOUBLE))
          WHEN 4
          THEN -GREATEST(0, d_lo - near_hi, near_lo - d_hi)
          ELSE 0
        END AS k_may
      FROM (
        SELECT
          f.person,
          w.pick AS pick,
          w.rule,
          w.near_lo,
          w.near_hi,
          f.concept,
          f.t_lo,
          f.t_hi,
          COALESCE(f.e_lo, f.t_lo) AS x_lo,
          COALESCE(f.e_hi, f.t_hi) AS x_hi,
          f.v_lo,
          f.v_hi,
          f.cats,
          f.r_lo,
          f.r_hi,
          f.lod,
          f.raw,
          f.unit,
          f.flags,
          f.problem,
          f.source,
          CAST(FLOOR(f.t_lo / 1440e0) AS BIGINT) AS d_lo,
          CAST(FLOOR(f.t_hi / 1440e0) AS BIGINT) AS d_hi,
          CASE
            WHEN (
              f.flags & 4
            ) = 0
            AND f.t_lo <= w.we_hi
            AND COALESCE(f.e_hi, f.t_hi) >= w.ws_lo
            THEN 1
            ELSE 0
          END AS possible,
          CASE
            WHEN f.t_hi <= w.we_lo AND COALESCE(f.e_lo, f.t_lo) >= w.ws_hi
            THEN 1
            ELSE 0
          END AS must,
          CASE WHEN (
            f.flags & 8
          ) = 0 THEN 0 ELSE 1 END AS uncertain,
          CASE
            WHEN (
              f.flags & 4
            ) <> 0
            AND (
              f.flags & 8
            ) = 0
            AND f.t_hi <= w.we_lo
            AND COALESCE(f.e_lo, f.t_lo) >= w.ws_hi
            THEN 1
            ELSE 0
          END AS absent,
          CASE WHEN COALESCE(f.e_hi, f.t_hi) < w.ws_lo THEN 1 ELSE 0 END AS older
        FROM facts AS f
        INNER JOIN count_0_windows AS w
          ON f.concept = w.concept
        WHERE
          f.t_lo <= w.we_hi AND COALESCE(f.e_hi, f.t_hi) >= w.ws_lo AND TRUE
      ) AS reached
    ) AS f
    INNER JOIN count_0_modes AS m
      ON m.pick = f.pick
    WHERE
      possible = 1 OR absent = 1
    GROUP BY
      f.person,
      f.pick,
      f.concept
  ) AS c
  GROUP BY
    person,
    pick
) AS g;

-- picked_0
-- 13304 characters, sha256 b1e510d7c4e362f32d2d3938124c9d3b2c054b62a9c14a47974ecab0340e8892

-- added_0
SELECT
  a.person,
  a.reading,
  a.value AS lower,
  a.value AS upper,
  0 AS lower_open,
  0 AS upper_open,
  0 AS reasons,
  0 AS notes
FROM asked AS a
WHERE
  a.reading >= 0;

-- numbers_0
SELECT
  *
FROM picked_0
UNION ALL
SELECT
  *
FROM added_0;

-- leaf_limits(leaf, reading, operator, threshold)
--   2, 1, 4, 0.0

-- leaf_truths(leaf, reading)
--   1, 2

-- leaf_rows
SELECT
  person,
  0 AS leaf,
  CASE WHEN 1.5e0 <= x4 THEN 1 WHEN x6 < 1.5e0 THEN 0 ELSE 2 END | (
    CASE
      WHEN NOT (
        (
          1.5e0 <= x4
        ) OR (
          x6 < 1.5e0
        )
      )
      THEN CASE WHEN x7 = 0 THEN 64 ELSE x7 END
      ELSE 0
    END * 4
  ) | (
    n0_notes * 32768
  ) AS code
FROM (
  SELECT
    *,
    CASE
      WHEN ABS(x3) < 1000000000.0e0
      THEN CASE
        WHEN x3 < 0.0e0
        THEN -(
          FLOOR((
            ABS(x3) * 1000000.0e0
          ) + 0.5e0) / 1000000.0e0
        )
        ELSE FLOOR((
          ABS(x3) * 1000000.0e0
        ) + 0.5e0) / 1000000.0e0
      END
      ELSE x3
    END AS x4,
    CASE
      WHEN ABS(x5) < 1000000000.0e0
      THEN CASE
        WHEN x5 < 0.0e0
        THEN -(
          FLOOR((
            ABS(x5) * 1000000.0e0
          ) + 0.5e0) / 1000000.0e0
        )
        ELSE FLOOR((
          ABS(x5) * 1000000.0e0
        ) + 0.5e0) / 1000000.0e0
      END
      ELSE x5
    END AS x6
  FROM (
    SELECT
      *,
      CASE WHEN x2 THEN (
        -CAST('Infinity' AS DOUBLE)
      ) ELSE x0 END AS x3,
      CASE WHEN x2 THEN CAST('Infinity' AS DOUBLE) ELSE x1 END AS x5,
      CASE
        WHEN x2
        THEN CASE WHEN n0_reasons = 0 THEN 2048 ELSE n0_reasons END
        WHEN x0 < x1
        THEN n0_reasons
        ELSE 0
      END AS x7
    FROM (
      SELECT
        *,
        LEAST(
          CASE
            WHEN (
              n0_lower = 0.0e0
            ) OR (
              ABS(n0_lower) = CAST('Infinity' AS DOUBLE)
            )
            THEN 0.0e0
            ELSE 72.0e0 / n0_lower
          END,
          CASE
            WHEN (
              n0_upper = 0.0e0
            ) OR (
              ABS(n0_upper) = CAST('Infinity' AS DOUBLE)
            )
            THEN 0.0e0
            ELSE 72.0e0 / n0_upper
          END,
          CASE
            WHEN (
              n0_lower = 0.0e0
            ) OR (
              ABS(n0_lower) = CAST('Infinity' AS DOUBLE)
            )
            THEN 0.0e0
            ELSE 72.0e0 / n0_lower
          END,
          CASE
            WHEN (
              n0_upper = 0.0e0
            ) OR (
              ABS(n0_upper) = CAST('Infinity' AS DOUBLE)
            )
            THEN 0.0e0
            ELSE 72.0e0 / n0_upper
          END
        ) AS x0,
        GREATEST(
          CASE
            WHEN (
              n0_lower = 0.0e0
            ) OR (
              ABS(n0_lower) = CAST('Infinity' AS DOUBLE)
            )
            THEN 0.0e0
            ELSE 72.0e0 / n0_lower
          END,
          CASE
            WHEN (
              n0_upper = 0.0e0
            ) OR (
              ABS(n0_upper) = CAST('Infinity' AS DOUBLE)
            )
            THEN 0.0e0
            ELSE 72.0e0 / n0_upper
          END,
          CASE
            WHEN (
              n0_lower = 0.0e0
            ) OR (
              ABS(n0_lower) = CAST('Infinity' AS DOUBLE)
            )
            THEN 0.0e0
            ELSE 72.0e0 / n0_lower
          END,
          CASE
            WHEN (
              n0_upper = 0.0e0
            ) OR (
              ABS(n0_upper) = CAST('Infinity' AS DOUBLE)
            )
            THEN 0.0e0
            ELSE 72.0e0 / n0_upper
          END
        ) AS x1,
        (
          n0_lower <= 0.0e0
        ) AND (
          0.0e0 <= n0_upper
        ) AS x2
      FROM (
        SELECT
          persons.person,
          COALESCE(n0.lower, (
            -CAST('Infinity' AS DOUBLE)
          )) AS n0_lower,
          COALESCE(n0.upper, CAST('Infinity' AS DOUBLE)) AS n0_upper,
          COALESCE(n0.lower_open, 0) = 1 AS n0_lower_open,
          COALESCE(n0.upper_open, 0) = 1 AS n0_upper_open,
          COALESCE(n0.reasons, 1) AS n0_reasons,
          COALESCE(n0.notes, 0) AS n0_notes
        FROM (
          SELECT
            person
          FROM numbers_0
          WHERE
            reading = 0
        ) AS b
        INNER JOIN persons
          ON persons.person = b.person
        LEFT JOIN numbers_0 AS n0
          ON n0.person = persons.person AND n0.reading = 0
      ) AS q
    ) AS q
  ) AS q
) AS q
UNION ALL
SELECT
  person,
  leaf,
  CASE
    WHEN NOT state IS NULL
    THEN state
    WHEN reasons = 0
    THEN 258
    ELSE 2 | (
      reasons * 4
    )
  END | (
    notes * 32768
  ) AS code
FROM (
  SELECT
    n.person,
    l.leaf,
    n.reasons,
    n.notes,
    CASE l.operator
      WHEN 0
      THEN CASE
        WHEN (
          n.upper < l.threshold OR (
            n.upper = l.threshold AND n.upper_open = 1
          )
        )
        THEN 1
        WHEN l.threshold <= n.lower
        THEN 0
      END
      WHEN 1
      THEN CASE
        WHEN n.upper <= l.threshold
        THEN 1
        WHEN (
          l.threshold < n.lower OR (
            l.threshold = n.lower AND n.lower_open = 1
          )
        )
        THEN 0
      END
      WHEN 2
      THEN CASE
        WHEN (
          l.threshold < n.lower OR (
            l.threshold = n.lower AND n.lower_open = 1
          )
        )
        THEN 1
        WHEN n.upper <= l.threshold
        THEN 0
      END
      WHEN 3
      THEN CASE
        WHEN l.threshold <= n.lower
        THEN 1
        WHEN (
          n.upper < l.threshold OR (
            n.upper = l.threshold AND n.upper_open = 1
          )
        )
        THEN 0
      END
      WHEN 4
      THEN CASE
        WHEN n.lower = n.upper
        THEN CASE WHEN n.lower = l.threshold THEN 1 ELSE 0 END
        WHEN (
          l.threshold < n.lower OR (
            l.threshold = n.lower AND n.lower_open = 1
          )
        )
        OR (
          n.upper < l.threshold OR (
            n.upper = l.threshold AND n.upper_open = 1
          )
        )
        THEN 0
      END
      ELSE 1 - (
        CASE
          WHEN n.lower = n.upper
          THEN CASE WHEN n.lower = l.threshold THEN 1 ELSE 0 END
          WHEN (
            l.threshold < n.lower OR (
              l.threshold = n.lower AND n.lower_open = 1
            )
          )
          OR (
            n.upper < l.threshold OR (
              n.upper = l.threshold AND n.upper_open = 1
            )
          )
          THEN 0
        END
      )
    END AS state
  FROM numbers_0 AS n
  INNER JOIN leaf_limits AS l
    ON l.reading = n.reading
) AS s
UNION ALL
SELECT
  n.person,
  l.leaf,
  CASE
    WHEN n.lower > 5e-1
    THEN 1
    WHEN n.upper < 5e-1
    THEN 0
    ELSE 2 | (
      n.reasons * 4
    )
  END | (
    n.notes * 32768
  ) AS code
FROM numbers_0 AS n
INNER JOIN leaf_truths AS l
  ON l.reading = n.reading;

-- said
SELECT
  person,
  word,
  BIT_OR(t) AS t,
  BIT_OR(f) AS f,
  BIT_OR(o) AS o,
  BIT_OR(h) AS h,
  BIT_OR(p) AS p
FROM (
  SELECT
    person,
    word,
    CASE WHEN (
      code & 3
    ) = 1 THEN own ELSE CAST(0 AS BIGINT) END AS t,
    CASE WHEN (
      code & 3
    ) = 0 THEN own ELSE CAST(0 AS BIGINT) END AS f,
    CASE
      WHEN (
        code & 3
      ) = 2 AND (
        (
          code >> 2
        ) & 7423
      ) <> 0
      THEN own
      ELSE CAST(0 AS BIGINT)
    END AS o,
    own AS h,
    CAST(0 AS BIGINT) AS p
  FROM (
    SELECT
      person,
      CAST(FLOOR(leaf / 62e0) AS BIGINT) AS word,
      (
        CAST(1 AS BIGINT) << CAST(leaf % 62 AS INT)
      ) AS own,
      code
    FROM leaf_rows
  ) AS r
  UNION ALL
  SELECT
    person,
    word,
    t & (
      ~x
    ) AS t,
    f & (
      ~x
    ) AS f,
    CAST(0 AS BIGINT) AS o,
    (
      t | f
    ) & (
      ~x
    ) AS h,
    p & (
      ~x
    ) AS p
  FROM last_bits
  UNION ALL
  SELECT
    person,
    word,
    t & (
      ~x
    ) AS t,
    CAST(0 AS BIGINT) AS f,
    CAST(0 AS BIGINT) AS o,
    t & (
      ~x
    ) AS h,
    CAST(0 AS BIGINT) AS p
  FROM exists_bits
) AS u
GROUP BY
  person,
  word;

-- leaf_masks
SELECT
  persons.person,
  COALESCE(g0.t, 0) | (
    (
      CAST(COALESCE(
        29057759 < (
          CAST(persons.observed_to AS BIGINT) + 1
        ) * 1440
        AND CAST(persons.observed_from AS BIGINT) * 1440 <= 28530720
        AND NOT persons.observed_from IS NULL,
        FALSE
      ) AS BIGINT) * 4
    ) & (
      ~(
        COALESCE(g0.h, 0)
      )
    )
  ) AS t0,
  COALESCE(g0.f, 0) AS f0,
  COALESCE(g0.o, 0) | (
    (
      3 | CASE
        WHEN COALESCE(
          29057759 < (
            CAST(persons.observed_to AS BIGINT) + 1
          ) * 1440
          AND CAST(persons.observed_from AS BIGINT) * 1440 <= 28530720
          AND NOT persons.observed_from IS NULL,
          FALSE
        )
        THEN 0
        ELSE 4
      END
    ) & (
      ~(
        COALESCE(g0.h, 0)
      )
    )
  ) AS o0,
  COALESCE(g0.p, 0) AS p0
FROM persons
LEFT JOIN said AS g0
  ON g0.person = persons.person AND g0.word = 0;

-- patterns
SELECT
  MIN(person) AS person,
  t0,
  f0,
  o0
FROM (
  SELECT
    m.person,
    m.t0,
    m.f0,
    m.o0
  FROM leaf_masks AS m
) AS k
GROUP BY
  t0,
  f0,
  o0;

-- alike
SELECT
  k.person,
  p.person AS pattern
FROM (
  SELECT
    m.person,
    m.t0,
    m.f0,
    m.o0
  FROM leaf_masks AS m
) AS k
INNER JOIN patterns AS p
  ON p.t0 = k.t0 AND p.f0 = k.f0 AND p.o0 = k.o0;

-- outcome_of_patterns
SELECT
  person,
  CAST(CAST((
    t0 & 1
  ) <> 0 AS BIGINT) | (
    CAST((
      t0 & 4
    ) <> 0 AS BIGINT) * 2
  ) | (
    CAST((
      t0 & 2
    ) <> 0 AS BIGINT) * 4
  ) AS BIGINT) AS m0_0,
  CAST(CAST((
    f0 & 1
  ) <> 0 AS BIGINT) | (
    CAST((
      f0 & 4
    ) <> 0 AS BIGINT) * 2
  ) | (
    CAST((
      f0 & 2
    ) <> 0 AS BIGINT) * 4
  ) AS BIGINT) AS n0_0,
  CAST(0 AS BIGINT) AS a0_0
FROM (
  SELECT
    w.*
  FROM patterns AS w
  INNER JOIN persons
    ON persons.person = w.person
) AS q;

-- outcome
SELECT
  a.person,
  o.*
  EXCLUDE (person)
FROM alike AS a
INNER JOIN outcome_of_patterns AS o
  ON o.person = a.pattern;

-- judged
SELECT
  q.*,
  CASE
    WHEN (
      n0_0 & 7
    ) <> 0
    THEN 0
    WHEN (
      (
        m0_0 | a0_0
      ) & 7
    ) = 7
    THEN 1
    ELSE 2
  END AS v0,
  CASE WHEN (
    n0_0 & 7
  ) <> 0 THEN 0 WHEN (
    m0_0 & 7
  ) = 7 THEN 1 ELSE 2 END AS s0
FROM outcome AS q;
