//! Requests that are malformed, and a service that cannot answer (facts/identity.md 3.3 H).

super::entries! { REQUEST:
    MALFORMED = 9002313 invalid_request 400 Literal Page:
        "Invalid request. Request is malformed or invalid."
        => "Check the parameters: each once, form-encoded, no stray quotes.";
    PARAMETER_MISSING = 900144 invalid_request 400 Literal Page:
        "The request body must contain the following parameter: '{name}'."
        => "Send the parameter in the body, with content type application/x-www-form-urlencoded.";
    FIELD_MISSING = 90014 invalid_request 400 Recalled Page:
        "The required field '{name}' is missing from the credential. Ensure that you have all the necessary parameters for the login request."
        => "Send the named field.";
    NOT_WELL_FORMED = 90004 invalid_request 400 Reconstructed Page:
        "The request is not properly formatted. {reason}"
        => "Send the body as application/x-www-form-urlencoded.";
    BAD_INPUT = 90013 invalid_request 400 Reconstructed Page:
        "Invalid input received from the user. {reason}"
        => "Correct the named input.";
    TOO_LONG = 90015 invalid_request 400 Reconstructed Page:
        "Requested query string is too long."
        => "Shorten the address: move data from state into your own session.";
    EMPTY_PARAMETER = 90100 invalid_request 400 Reconstructed Page:
        "{name} parameter is empty or not valid."
        => "Give the parameter a value.";
    NOT_ABSOLUTE = 90102 invalid_request 400 Reconstructed Page:
        "'{name}' value must be a valid absolute URI."
        => "Send the whole address, beginning with its scheme.";
    WRONG_VERB = 900561 invalid_request 400 Literal Page:
        "The endpoint only accepts {verbs} requests. Received a {verb} request."
        => "Use the right HTTP verb; in a browser, start the sign-in again instead of going back.";
    THROTTLED = 90055 temporarily_unavailable 429 Reconstructed Page:
        "The tenant is throttled due to too many incoming requests."
        => "Wait as long as Retry-After says.";
    TRANSIENT = 90033 temporarily_unavailable 503 Reconstructed Page:
        "A transient error has occurred. Please try again."
        => "Try again after a short while; look at the service health dashboard if it stays.";
}
