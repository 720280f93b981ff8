"""What holds for every operation, besides what it computes.

(Q1) Inputs are not modified, nor the arrays that they are parts of.
(Q2) The result depends on the arguments alone: not on earlier calls, on the identity of an
     object, on chance or on threads.
(Q3 core) Invalid input is rejected: an exception or SystemExit, never a result.
(Q4 strict) The result is fresh and writable; it shares no memory with an input or an earlier
     result.
(Q5 strict) Memory layout, byte order and read-only flags change nothing.
(Q6 strict) The result's dtype is floating and no less precise than the dtype to which NumPy
     promotes the inputs: float64 for integers and booleans alone, which are promoted before
     any arithmetic; relu and pooling may keep an integer dtype.
(Q7 strict) A NaN or an infinity reaches exactly the outputs whose window holds it (0 * inf is
     NaN), relu(NaN) is NaN, a window with NaN pools to NaN; such values are valid input.
(Q8 strict) Subnormal numbers survive. The sign of a zero is not specified.
(Q9 strict) No dimension (H, W, C, N, K, S) has a limit but memory.
(Q10 strict) A rejection is deliberate, an exception with a message and not an accident from
     inside; a call that succeeds prints nothing.
"""
