"""Hides what must not be shown in public from all SQL of a connection: pages that are held."""

import duckdb


def hide_held(con: duckdb.DuckDBPyConnection) -> int:
    """Let the SQL of tables and views see no page with a held article, as if there were none.

    Counts are then those of what a public export or page may show, and a difference shows nothing.
    Returns how many articles were hidden.
    """
    ((name,),) = con.execute("SELECT current_database()").fetchall()
    con.execute(  # before the rest: held itself reads what is hidden next
        "CREATE TEMP TABLE kept_back AS SELECT id AS article_id, page, post FROM article "
        "WHERE page IN (SELECT page FROM article WHERE id IN (SELECT article_id FROM held))"
    )
    for table, key in (("article", "id"), ("tag", "article_id"), ("member", "article_id")):
        con.execute(
            f'CREATE TEMP VIEW {table} AS FROM "{name}".main.{table} AS t '
            f"ANTI JOIN kept_back AS k ON k.article_id = t.{key}"
        )
    con.execute(  # its address may lead to the page from elsewhere; a thread has other posts too
        f'CREATE TEMP VIEW capture AS FROM "{name}".main.capture AS c '
        "ANTI JOIN (SELECT page FROM kept_back WHERE post IS NULL) AS k ON k.page = c.page "
        f'ANTI JOIN (FROM "{name}".main.found AS f JOIN kept_back USING (article_id) '
        "WHERE post IS NULL) AS f ON f.capture_id = c.id"
    )
    ((hidden,),) = con.execute("SELECT count(*) FROM kept_back").fetchall()
    return int(hidden)
