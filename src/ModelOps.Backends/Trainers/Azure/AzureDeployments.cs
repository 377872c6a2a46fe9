using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Deployments;

namespace ModelOps.Backends.Trainers.Azure;

/// <summary>
/// Deployments of a resource, by Azure's management of resources: another host, and another token, than the resource's own. A name is the caller's, so that asking twice
/// makes one.
/// </summary>
internal sealed class AzureDeployments : IDeploymentHost
{
    private const string Version = "?api-version=2024-10-21", DefaultCapacity = "50";
    private const int MostPages = 100;
    private static readonly Uri s_management = new("https://management.azure.com");
    private readonly ProviderClient _client;
    private readonly string _deployments, _baseSku;
    private readonly int _capacity;

    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3103</c>: a variable is not set; <c>MOPS3131</c>: one says nothing that could be used.</exception>
    public AzureDeployments(TrainerConnection connection)
    {
        Uri management = Variable(AzureDescription.ManagementVariable) is { } other ? Address(other) : s_management;
        string resource = Variable(AzureDescription.ResourceVariable) ?? throw TrainerErrors.NoKey(AzureDescription.Trainer.Name, AzureDescription.ResourceVariable);
        if (resource.Trim('/').Split('/') is not ["subscriptions", _, "resourceGroups", _, "providers", "Microsoft.CognitiveServices", "accounts", _])
        {
            throw TrainerErrors.BadVariable(AzureDescription.ResourceVariable, "/subscriptions/…/resourceGroups/…/providers/Microsoft.CognitiveServices/accounts/…");
        }

        _capacity = int.TryParse(Variable(AzureDescription.CapacityVariable) ?? DefaultCapacity, NumberStyles.None, CultureInfo.InvariantCulture, out int thousands) && thousands > 0
            ? thousands : throw TrainerErrors.BadVariable(AzureDescription.CapacityVariable, "a whole number of thousand tokens a minute");
        _baseSku = Variable(AzureDescription.BaseSkuVariable) ?? "Standard";
        _deployments = $"/{resource.Trim('/')}/deployments";
        _client = new ProviderClient(AzureDescription.Trainer.Name, connection with { Url = management, KeyVariable = AzureDescription.TokenVariable });

        string? Variable(string name) => connection.Environment(name) is { Length: > 0 } value ? value.Trim() : null;
    }

    public void Dispose() => _client.Dispose();

    public async Task<IReadOnlyList<Deployment>> ListAsync(CancellationToken cancellation)
    {
        var all = new List<Deployment>();
        string next = _deployments + Version;
        for (int page = 0; page < MostPages; page++)
        {
            Reply reply = await _client.GetAsync("the list of deployments", next, cancellation).ConfigureAwait(false);
            all.AddRange(reply.Body.List("value").Where(d => d.Text("name") is not null).Select(d => Read(d, d.Text("name")!)));

            // The token is for this host alone.
            if (!Uri.TryCreate(reply.Body.Text("nextLink"), UriKind.Absolute, out Uri? link) || link.Authority != _client.Address("").Authority)
            {
                break;
            }

            next = link.PathAndQuery;
        }

        return all;
    }

    public Task CreateAsync(string name, DeploymentOrder order, CancellationToken cancellation)
    {
        var body = new JsonObject
        {
            ["sku"] = new JsonObject { ["name"] = order.Tuned ? "developertier" : _baseSku, ["capacity"] = _capacity },
            ["properties"] = new JsonObject { ["model"] = ModelOf(order) },
        };
        return _client.SendAsync("a deployment", () => _client.Request(HttpMethod.Put, PathOf(name), body), cancellation);
    }

    public async Task<Deployment?> GetAsync(string name, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("a deployment's state", PathOf(name), cancellation, missing: true).ConfigureAwait(false);
        return reply.Kind == ReplyKind.Done ? Read(reply.Body, name) : null;
    }

    public Task DeleteAsync(string name, CancellationToken cancellation)
        => _client.SendAsync("a deployment's removal", () => _client.Request(HttpMethod.Delete, PathOf(name)), cancellation, missing: true);

    /// <summary>A base model's name ends with its version where it is fine-tuned, and is two members where it is deployed.</summary>
    internal static JsonObject ModelOf(DeploymentOrder order)
    {
        int at = order.Tuned ? -1 : VersionAt(order.Model);
        var model = new JsonObject { ["format"] = "OpenAI", ["name"] = at > 0 ? order.Model[..at] : order.Model };
        if (order.Tuned || at > 0)
        {
            model["version"] = order.Tuned ? "1" : order.Model[(at + 1)..];
        }

        return model;
    }

    /// <summary>Of the hyphen before <c>2025-04-14</c> or <c>0125</c>; -1 where there is no version.</summary>
    private static int VersionAt(string model)
    {
        foreach (int length in (int[])[10, 4])
        {
            if (model.Length > length + 1 && model[^(length + 1)] == '-' && IsVersion(model[^length..]))
            {
                return model.Length - length - 1;
            }
        }

        return -1;

        static bool IsVersion(string text) => text.Length == 10
            ? DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) : text.All(char.IsAsciiDigit);
    }

    private static Deployment Read(JsonElement deployment, string name)
    {
        string state = deployment.Member("properties") is { } properties && properties.Text("provisioningState") is { } said ? said : "without a state";
        return new Deployment(name, state switch
        {
            "Accepted" or "Creating" or "Moving" => DeploymentState.Creating,
            "Succeeded" => DeploymentState.Ready,
            "Failed" or "Canceled" or "Disabled" => DeploymentState.Failed,
            "Deleting" => DeploymentState.Deleting,
            _ => DeploymentState.Unknown,
        }, state);
    }

    private static Uri Address(string text)
        => Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)) ? url
            : throw TrainerErrors.BadVariable(AzureDescription.ManagementVariable, "an https address");

    private string PathOf(string name) => $"{_deployments}/{Uri.EscapeDataString(name)}{Version}";
}
