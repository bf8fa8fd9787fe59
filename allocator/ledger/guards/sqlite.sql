-- The guards of the books on SQLite. Words begin with a stable reason.
-- Conditions are tested by RAISE, not by constraints alone: INSERT OR IGNORE would pass over a CHECK, and INSERT OR
-- REPLACE would delete rows without calling a trigger. Foreign keys are tested too: a connection may have them off.
-- A balance or standing names the last entry that changed it, so that only a newer one can change it again.

CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} BEGIN
    SELECT RAISE(ABORT, 'APPEND_ONLY: nothing in the books is changed');
END

CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} BEGIN
    SELECT RAISE(ABORT, 'APPEND_ONLY: nothing in the books is deleted');
END

CREATE TRIGGER {table}_once BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {key}) BEGIN
    SELECT RAISE(ABORT, 'TWICE: there is such a row already');
END

CREATE TRIGGER accounts_outside BEFORE INSERT ON accounts
WHEN NEW.kind = 'outside' AND NEW.account_id IS NOT 'outside:' || NEW.indicator BEGIN
    SELECT RAISE(ABORT, 'OUTSIDE: an indicator has one outside');
END

CREATE TRIGGER accounts_balance AFTER INSERT ON accounts BEGIN
    INSERT INTO balances (account_id, balance, seq, may_owe) VALUES (NEW.account_id, 0, 0, NEW.kind = 'outside');
END

CREATE TRIGGER balances_begin BEFORE INSERT ON balances BEGIN
    SELECT RAISE(ABORT, 'FOLLOWS: balances follow from entries')
    WHERE EXISTS (SELECT 1 FROM balances WHERE account_id = NEW.account_id)
        OR NOT EXISTS (SELECT 1 FROM accounts WHERE account_id = NEW.account_id);
END

CREATE TRIGGER balances_follow BEFORE UPDATE ON balances BEGIN
    SELECT RAISE(ABORT, 'FOLLOWS: balances follow from entries')
    WHERE NEW.account_id IS NOT OLD.account_id
        OR NEW.seq <= OLD.seq
        OR NOT EXISTS (
            SELECT 1 FROM entries
            WHERE seq = NEW.seq
                AND (source = NEW.account_id AND OLD.balance - quantity IS NEW.balance
                    OR target = NEW.account_id AND OLD.balance + quantity IS NEW.balance)
        );
    SELECT RAISE(ABORT, 'BELOW_ZERO: a balance never falls below zero') WHERE NEW.balance < 0 AND NEW.may_owe = 0;
END

CREATE TRIGGER balances_kept BEFORE DELETE ON balances BEGIN
    SELECT RAISE(ABORT, 'FOLLOWS: balances follow from entries');
END

CREATE TRIGGER standings_begin BEFORE INSERT ON standings BEGIN
    SELECT RAISE(ABORT, 'FOLLOWS: standings follow from entries')
    WHERE EXISTS (SELECT 1 FROM standings WHERE project = NEW.project AND track = NEW.track)
        OR NOT EXISTS (
            SELECT 1 FROM entries
            WHERE seq = NEW.seq AND project = NEW.project AND track = NEW.track
                AND from_state = '' AND to_state = NEW.state AND occurred_on = NEW.since
        );
END

CREATE TRIGGER standings_follow BEFORE UPDATE ON standings BEGIN
    SELECT RAISE(ABORT, 'FOLLOWS: standings follow from entries')
    WHERE NEW.project IS NOT OLD.project
        OR NEW.track IS NOT OLD.track
        OR NEW.seq <= OLD.seq
        OR NOT EXISTS (
            SELECT 1 FROM entries
            WHERE seq = NEW.seq AND project = NEW.project AND track = NEW.track
                AND from_state = OLD.state AND to_state = NEW.state AND occurred_on = NEW.since
        );
END

CREATE TRIGGER standings_kept BEFORE DELETE ON standings BEGIN
    SELECT RAISE(ABORT, 'FOLLOWS: standings follow from entries');
END

CREATE TRIGGER checkpoints_true BEFORE INSERT ON checkpoints
WHEN NOT EXISTS (SELECT 1 FROM entries WHERE seq = NEW.seq AND hash = NEW.hash) BEGIN
    SELECT RAISE(ABORT, 'CHECKPOINT: there is no such entry');
END

CREATE TRIGGER entries_chain BEFORE INSERT ON entries BEGIN
    SELECT RAISE(ABORT, 'OUT_OF_ORDER: an entry follows the last one, by number, hash and day')
    WHERE typeof(NEW.seq) <> 'integer'
        OR EXISTS (SELECT 1 FROM entries WHERE seq >= NEW.seq)
        OR NOT (
            NEW.seq = 1 AND NEW.previous = '0000000000000000000000000000000000000000000000000000000000000000'
            OR EXISTS (
                SELECT 1 FROM entries
                WHERE seq = NEW.seq - 1 AND hash = NEW.previous AND booked_on <= NEW.booked_on
            )
        );
    SELECT RAISE(ABORT, 'RUN_UNKNOWN: an entry belongs to a run')
    WHERE NOT EXISTS (SELECT 1 FROM runs WHERE run = NEW.run);
    SELECT RAISE(ABORT, 'TWICE: this hash, event or reversal is in the books already')
    WHERE EXISTS (SELECT 1 FROM entries WHERE hash = NEW.hash)
        OR EXISTS (SELECT 1 FROM entries WHERE event = NEW.event)
        OR EXISTS (SELECT 1 FROM entries WHERE reverses = NEW.reverses);
END

CREATE TRIGGER entries_reversal BEFORE INSERT ON entries
WHEN NEW.kind = 'reversal' OR NEW.reverses IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'NO_REVERSAL: a reversal is the contrary of an earlier move or transition')
    WHERE NEW.kind <> 'reversal' OR NOT EXISTS (
        SELECT 1 FROM entries AS earlier
        WHERE earlier.seq = NEW.reverses
            AND (earlier.indicator = NEW.indicator AND earlier.source = NEW.target AND earlier.target = NEW.source
                    AND earlier.quantity = NEW.quantity
                OR earlier.project = NEW.project AND earlier.track = NEW.track AND earlier.from_state <> ''
                    AND earlier.from_state = NEW.to_state AND earlier.to_state = NEW.from_state)
    );
END

CREATE TRIGGER entries_movable BEFORE INSERT ON entries
WHEN NEW.indicator IS NOT NULL OR NEW.source IS NOT NULL OR NEW.target IS NOT NULL OR NEW.quantity IS NOT 0 BEGIN
    SELECT RAISE(ABORT, 'HALF_A_MOVE: a whole quantity above zero goes from one account to another')
    WHERE typeof(NEW.quantity) <> 'integer' OR NEW.quantity <= 0 OR NEW.source IS NEW.target;
    SELECT RAISE(ABORT, 'ACCOUNT_UNKNOWN: both accounts are in the books and hold the indicator')
    WHERE 2 <> (
        SELECT COUNT(*) FROM accounts
        WHERE account_id IN (NEW.source, NEW.target) AND indicator = NEW.indicator
    );
END

CREATE TRIGGER entries_turnable BEFORE INSERT ON entries WHEN NEW.track IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'NOT_LISTED: no such transition')
    WHERE NEW.reverses IS NULL AND NOT EXISTS (
        SELECT 1 FROM transitions
        WHERE track = NEW.track AND from_state = NEW.from_state AND to_state = NEW.to_state
    );
    SELECT RAISE(ABORT, 'OTHER_STATE: the transition does not start from the present state')
    WHERE NEW.from_state IS NOT COALESCE(
        (SELECT state FROM standings WHERE project = NEW.project AND track = NEW.track), ''
    );
END

CREATE TRIGGER entries_move AFTER INSERT ON entries WHEN NEW.indicator IS NOT NULL BEGIN
    UPDATE balances SET balance = balance - NEW.quantity, seq = NEW.seq WHERE account_id = NEW.source;
    UPDATE balances SET balance = balance + NEW.quantity, seq = NEW.seq WHERE account_id = NEW.target;
END

CREATE TRIGGER entries_turn AFTER INSERT ON entries WHEN NEW.from_state <> '' BEGIN
    UPDATE standings SET state = NEW.to_state, since = NEW.occurred_on, seq = NEW.seq
    WHERE project = NEW.project AND track = NEW.track;
END

CREATE TRIGGER entries_first_turn AFTER INSERT ON entries WHEN NEW.from_state = '' BEGIN
    INSERT INTO standings (project, track, state, since, seq)
    VALUES (NEW.project, NEW.track, NEW.to_state, NEW.occurred_on, NEW.seq);
END
