namespace ModelOps.Core.Packaging;

/// <summary>The model of a package that holds no weights: a provider runs it (format: <c>docs/formats/manifest.md</c>).</summary>
/// <param name="Provider">The word of the property <c>Trainer</c>: <c>openai</c>.</param>
/// <param name="Model">What the provider calls the tuned model.</param>
/// <param name="Endpoint">Where it answers OpenAI's chat completions, up to and with the version: <c>https://api.openai.com/v1</c>. Never with a key or a name in it.</param>
public sealed record ModelPointer(string Provider, string Model, string Endpoint)
{
    /// <summary>The model that was tuned, as the provider calls it.</summary>
    public string? BaseModel { get; init; }

    /// <summary>The request's member for the longest answer; null: <c>max_tokens</c>.</summary>
    public string? MaxTokensMember { get; init; }

    /// <summary>From when on the provider will not answer any more, as it said when the package was made; null when it had said nothing.</summary>
    public DateOnly? ShutdownDate { get; init; }

    /// <summary>What cannot be; null when it can.</summary>
    internal string? Problem => Provider.Length == 0 || Model.Length == 0 ? "the pointer names no provider or no model"
        : !Uri.TryCreate(Endpoint, UriKind.Absolute, out Uri? url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0
            ? $"the pointer's endpoint is '{Endpoint}'; expected an http address without a name or key in it" : null;
}
