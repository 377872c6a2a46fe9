using ModelOps.Core.Packaging;

namespace ModelOps.Runtime.Pointers;

/// <summary>
/// Which key goes where. A package names an address, and whoever made it could name any; so the app's key for a provider is sent to that provider's own
/// addresses alone, unless the app itself says otherwise (<see cref="ModelRuntimeOptions.Endpoint"/>).
/// </summary>
internal static class ProviderEndpoints
{
    private sealed record Known(string Provider, string KeyVariable, string Header, params string[] Hosts);

    // A host that begins with a dot stands for all names below it.
    private static readonly Known[] s_known =
    [
        new("openai", "OPENAI_API_KEY", "Authorization", "api.openai.com"),
        new("azure", "AZURE_OPENAI_API_KEY", "api-key", ".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"),
        new("together", "TOGETHER_API_KEY", "Authorization", "api.together.ai", "api.together.xyz"),
        new("fireworks", "FIREWORKS_API_KEY", "Authorization", "api.fireworks.ai"),
    ];

    /// <summary>The variable with the provider's key; null for a provider that this version does not know.</summary>
    public static string? KeyVariable(string provider) => Of(provider)?.KeyVariable;

    /// <summary>The header that carries the provider's key.</summary>
    public static (string Name, string Value) Header(string provider, string key)
        => Of(provider)?.Header is { } name and not "Authorization" ? (name, key) : ("Authorization", $"Bearer {key}");

    /// <summary>Whether the address is one of the provider's own, reached without anybody listening.</summary>
    public static bool IsOwn(ModelPointer pointer)
        => Of(pointer.Provider) is { } known && new Uri(pointer.Endpoint) is { Scheme: "https", IsDefaultPort: true } url
            && known.Hosts.Any(host => host[0] == '.' ? url.IdnHost.EndsWith(host, StringComparison.OrdinalIgnoreCase) : url.IdnHost.Equals(host, StringComparison.OrdinalIgnoreCase));

    private static Known? Of(string provider) => s_known.FirstOrDefault(known => known.Provider.Equals(provider, StringComparison.OrdinalIgnoreCase));
}
