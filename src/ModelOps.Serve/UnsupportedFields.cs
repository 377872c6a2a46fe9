using System.Text.Json;

namespace ModelOps.Serve;

/// <summary>
/// Fields that would change the answer and that nothing here can heed. They are refused by name where they ask for something; fields that
/// nobody knows are passed over, as OpenAI's clients send new ones with every version.
/// </summary>
internal static class UnsupportedFields
{
    private static readonly Dictionary<string, (Func<JsonElement, bool> AsksNothing, string Why)> s_fields = new(StringComparer.Ordinal)
    {
        ["n"] = (value => IsNumber(value, 1), "one answer is given to a request; send as many requests, each with its own seed"),
        ["best_of"] = (value => IsNumber(value, 1), "one answer is given to a request"),
        ["tools"] = (IsEmpty, "the models of packages call no tools"),
        ["functions"] = (IsEmpty, "the models of packages call no tools"),
        ["tool_choice"] = (value => IsText(value, "none", "auto"), "the models of packages call no tools"),
        ["function_call"] = (value => IsText(value, "none", "auto"), "the models of packages call no tools"),
        ["frequency_penalty"] = (value => IsNumber(value, 0), "penalties are those of the package's evaluation"),
        ["presence_penalty"] = (value => IsNumber(value, 0), "penalties are those of the package's evaluation"),
        ["repetition_penalty"] = (value => IsNumber(value, 1), "penalties are those of the package's evaluation"),
        ["min_p"] = (value => IsNumber(value, 0), "use top_p or top_k"),
        ["logit_bias"] = (IsEmpty, "use response_format to say what an answer may be"),
        ["modalities"] = (value => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(m => IsText(m, "text")), "answers are text"),
        ["audio"] = (_ => false, "answers are text"),
        ["prediction"] = (_ => false, "answers are decoded token by token"),
        ["web_search_options"] = (_ => false, "the models of packages search nothing"),
        ["moderation"] = (_ => false, "nothing is moderated here"),
        ["reasoning_effort"] = (value => IsText(value, "none"), "the models of packages answer as they were trained to"),
        ["verbosity"] = (value => IsText(value, "medium"), "the models of packages answer as they were trained to"),
    };

    /// <exception cref="ApiError">One of them asks for something.</exception>
    public static void Refuse(RequestPart root)
    {
        foreach (JsonProperty field in root.Element.EnumerateObject())
        {
            if (field.Value.ValueKind != JsonValueKind.Null && s_fields.TryGetValue(field.Name, out var unsupported) && !unsupported.AsksNothing(field.Value))
            {
                throw ApiError.Unsupported(field.Name, unsupported.Why);
            }
        }
    }

    private static bool IsNumber(JsonElement value, double number) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double given) && given == number;

    private static bool IsText(JsonElement value, params string[] texts) => value.ValueKind == JsonValueKind.String && texts.Contains(value.GetString(), StringComparer.Ordinal);

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
