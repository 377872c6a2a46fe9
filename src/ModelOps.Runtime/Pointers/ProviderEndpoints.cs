using ModelOps.Backends.Trainers;
using ModelOps.Core.Packaging;

namespace ModelOps.Runtime.Pointers;

/// <summary>
/// Which key goes where. A package names an address, and whoever made it could name any; so the app's key for a provider is sent to that provider's own
/// addresses alone, unless the app itself says otherwise (<see cref="ModelRuntimeOptions.Endpoint"/>).
/// </summary>
internal static class ProviderEndpoints
{
    /// <summary>The variable with the provider's key; null for a provider that this version does not know.</summary>
    public static string? KeyVariable(string provider) => RemoteTrainers.Find(provider)?.KeyVariable;

    /// <summary>Whether the address is one of the provider's own, reached without anybody listening.</summary>
    public static bool IsOwn(ModelPointer pointer)
        => RemoteTrainers.Find(pointer.Provider) is { } known && new Uri(pointer.Endpoint) is { Scheme: "https", IsDefaultPort: true } url
            && known.Hosts.Any(host => host[0] is '.' or '-' ? url.IdnHost.EndsWith(host, StringComparison.OrdinalIgnoreCase) : url.IdnHost.Equals(host, StringComparison.OrdinalIgnoreCase));
}
