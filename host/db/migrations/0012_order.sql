-- Deliveries that were put off: those that came after them under the same ordering value follow them, whenever
-- that is. What is not put off comes in the order of its ids anyway.
DROP INDEX deliveries_ordering;
CREATE INDEX deliveries_put_off ON deliveries (webhook, ordering, due_at)
    WHERE state = 'waiting' AND due_at > received_at AND ordering IS NOT NULL;
