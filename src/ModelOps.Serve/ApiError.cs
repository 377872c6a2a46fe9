using System.Text.Json;

namespace ModelOps.Serve;

/// <summary>A refusal in the shape that OpenAI's clients read.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="param">The field that is wrong, such as <c>messages[0].role</c>.</param>
/// <param name="code">For programs, such as <c>model_not_found</c>, or our own <c>MOPS7008</c>.</param>
internal sealed class ApiError(int status, string message, string? param = null, string? code = null) : Exception(message)
{
    public int Status => status;

    public string? Param => param;

    public string? Code => code;

    /// <summary>Seconds after which to ask again; null: never so.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Values of the header <c>Allow</c>.</summary>
    public string? Allow { get; init; }

    private string Type => status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    public static ApiError Bad(string param, string message) => new(400, message, param, "invalid_value");

    public static ApiError Unsupported(string param, string why) => new(400, $"'{param}' is not supported here: {why}. Leave it out.", param, "unsupported_parameter");

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", Message);
        json.WriteString("type", Type);
        json.WriteString("param", Param);
        json.WriteString("code", Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
