-- The guards of the books on PostgreSQL, 13 and newer; the same reasons as on SQLite.
-- Days are compared by their bytes: a database may sort texts as people do. Keys and foreign keys are left to the tables:
-- every account has a balance from its first moment, so that nobody can begin another. A balance or standing names the
-- last entry that changed it, so that only a newer one can change it again.

CREATE FUNCTION landquota_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'APPEND_ONLY: nothing in the books is changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION landquota_only_grows();

CREATE FUNCTION landquota_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'FOLLOWS: balances and standings follow from entries'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER balances_kept BEFORE DELETE OR TRUNCATE ON balances
FOR EACH STATEMENT EXECUTE FUNCTION landquota_follows();

CREATE TRIGGER standings_kept BEFORE DELETE OR TRUNCATE ON standings
FOR EACH STATEMENT EXECUTE FUNCTION landquota_follows();

CREATE FUNCTION landquota_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'outside' AND NEW.account_id <> 'outside:' || NEW.indicator THEN
        RAISE EXCEPTION 'OUTSIDE: an indicator has one outside' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    INSERT INTO balances (account_id, balance, seq, may_owe)
    VALUES (NEW.account_id, 0, 0, CASE NEW.kind WHEN 'outside' THEN 1 ELSE 0 END);
    RETURN NULL;
END $$;

CREATE TRIGGER accounts_balance AFTER INSERT ON accounts
FOR EACH ROW EXECUTE FUNCTION landquota_account();

CREATE FUNCTION landquota_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <= OLD.seq OR NOT EXISTS (
        SELECT 1 FROM entries
        WHERE seq = NEW.seq
            AND (source = NEW.account_id AND OLD.balance - quantity = NEW.balance
                OR target = NEW.account_id AND OLD.balance + quantity = NEW.balance)
    ) THEN
        RAISE EXCEPTION 'FOLLOWS: balances follow from entries' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.balance < 0 AND NEW.may_owe = 0 THEN
        RAISE EXCEPTION 'BELOW_ZERO: a balance never falls below zero' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER balances_follow BEFORE UPDATE ON balances
FOR EACH ROW EXECUTE FUNCTION landquota_balance();

CREATE FUNCTION landquota_standing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := OLD.state;
        IF NEW.seq <= OLD.seq THEN
            RAISE EXCEPTION 'FOLLOWS: standings follow from entries' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM entries
        WHERE seq = NEW.seq AND project = NEW.project AND track = NEW.track
            AND from_state = before AND to_state = NEW.state AND occurred_on = NEW.since
    ) THEN
        RAISE EXCEPTION 'FOLLOWS: standings follow from entries' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER standings_follow BEFORE INSERT OR UPDATE ON standings
FOR EACH ROW EXECUTE FUNCTION landquota_standing();

CREATE FUNCTION landquota_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM entries WHERE seq = NEW.seq AND hash = NEW.hash) THEN
        RAISE EXCEPTION 'CHECKPOINT: there is no such entry' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER checkpoints_true BEFORE INSERT ON checkpoints
FOR EACH ROW EXECUTE FUNCTION landquota_checkpoint();

CREATE FUNCTION landquota_before_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT seq, hash, booked_on INTO last FROM entries ORDER BY seq DESC LIMIT 1;
    IF NEW.seq IS DISTINCT FROM COALESCE(last.seq, 0) + 1
        OR NEW.previous IS DISTINCT FROM COALESCE(last.hash, repeat('0', 64))
        OR NEW.booked_on < last.booked_on COLLATE "C"
    THEN
        RAISE EXCEPTION 'OUT_OF_ORDER: an entry follows the last one, by number, hash and day'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM runs WHERE run = NEW.run) THEN
        RAISE EXCEPTION 'RUN_UNKNOWN: an entry belongs to a run' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM entries WHERE hash = NEW.hash)
        OR NEW.event IS NOT NULL AND EXISTS (SELECT 1 FROM entries WHERE event = NEW.event)
        OR NEW.reverses IS NOT NULL AND EXISTS (SELECT 1 FROM entries WHERE reverses = NEW.reverses)
    THEN
        RAISE EXCEPTION 'TWICE: this hash, event or reversal is in the books already'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.kind = 'reversal' OR NEW.reverses IS NOT NULL) AND (NEW.kind <> 'reversal' OR NOT EXISTS (
        SELECT 1 FROM entries AS earlier
        WHERE earlier.seq = NEW.reverses
            AND (earlier.indicator = NEW.indicator AND earlier.source = NEW.target AND earlier.target = NEW.source
                    AND earlier.quantity = NEW.quantity
                OR earlier.project = NEW.project AND earlier.track = NEW.track AND earlier.from_state <> ''
                    AND earlier.from_state = NEW.to_state AND earlier.to_state = NEW.from_state)
    )) THEN
        RAISE EXCEPTION 'NO_REVERSAL: a reversal is the contrary of an earlier move or transition'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.indicator IS NOT NULL OR NEW.source IS NOT NULL OR NEW.target IS NOT NULL OR NEW.quantity <> 0 THEN
        IF NEW.quantity <= 0 OR NEW.source IS NOT DISTINCT FROM NEW.target THEN
            RAISE EXCEPTION 'HALF_A_MOVE: a whole quantity above zero goes from one account to another'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF 2 <> (
            SELECT count(*) FROM accounts
            WHERE account_id IN (NEW.source, NEW.target) AND indicator = NEW.indicator
        ) THEN
            RAISE EXCEPTION 'ACCOUNT_UNKNOWN: both accounts are in the books and hold the indicator'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF NEW.track IS NOT NULL THEN
        IF NEW.reverses IS NULL AND NOT EXISTS (
            SELECT 1 FROM transitions
            WHERE track = NEW.track AND from_state = NEW.from_state AND to_state = NEW.to_state
        ) THEN
            RAISE EXCEPTION 'NOT_LISTED: no such transition' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.from_state IS DISTINCT FROM COALESCE(
            (SELECT state FROM standings WHERE project = NEW.project AND track = NEW.track), ''
        ) THEN
            RAISE EXCEPTION 'OTHER_STATE: the transition does not start from the present state'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER entries_before BEFORE INSERT ON entries
FOR EACH ROW EXECUTE FUNCTION landquota_before_entry();

CREATE FUNCTION landquota_after_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.indicator IS NOT NULL THEN
        UPDATE balances SET balance = balance - NEW.quantity, seq = NEW.seq WHERE account_id = NEW.source;
        UPDATE balances SET balance = balance + NEW.quantity, seq = NEW.seq WHERE account_id = NEW.target;
    ELSIF NEW.from_state = '' THEN
        INSERT INTO standings (project, track, state, since, seq)
        VALUES (NEW.project, NEW.track, NEW.to_state, NEW.occurred_on, NEW.seq);
    ELSIF NEW.track IS NOT NULL THEN
        UPDATE standings SET state = NEW.to_state, since = NEW.occurred_on, seq = NEW.seq
        WHERE project = NEW.project AND track = NEW.track;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entries_after AFTER INSERT ON entries
FOR EACH ROW EXECUTE FUNCTION landquota_after_entry();
