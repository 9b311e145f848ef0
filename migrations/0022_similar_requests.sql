-- Who registers a request is told of others like it: same customer, same problem type, the newest first (SQ-4).

create index service_requests_similar_idx on service_requests (customer_id, problem_type_id, id);
