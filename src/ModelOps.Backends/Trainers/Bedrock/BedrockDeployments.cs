using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Deployments;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Trainers.Bedrock;

/// <summary>Deployments of custom models for questions on demand: nothing is paid for them but the questions.</summary>
internal sealed class BedrockDeployments(TrainerConnection connection) : IDeploymentHost
{
    private const string Deployments = "/model-customization/custom-model-deployments";
    private const int MostPages = 1000;
    private readonly BedrockClient _client = new(connection);

    public void Dispose() => _client.Dispose();

    public async Task<IReadOnlyList<Deployment>> ListAsync(CancellationToken cancellation)
    {
        string next = "";
        var listed = new List<Deployment>();
        for (int page = 0; page < MostPages; page++)
        {
            Reply reply = await _client.Control.GetAsync("the list of deployments", $"{Deployments}?maxResults=100{next}", cancellation).ConfigureAwait(false);
            listed.AddRange(reply.Body.List("modelDeploymentSummaries").Select(Read));
            if (reply.Body.Text("nextToken") is not { Length: > 0 } token)
            {
                break;
            }

            next = $"&nextToken={Uri.EscapeDataString(token)}";
        }

        return listed;
    }

    /// <summary>The name is the token as well: asked twice, there is one.</summary>
    public async Task CreateAsync(string name, DeploymentOrder order, CancellationToken cancellation)
    {
        var body = new JsonObject { ["modelDeploymentName"] = name, ["modelArn"] = order.Model, ["clientRequestToken"] = name };
        try
        {
            await _client.Control.PostAsync("a deployment", Deployments, body, cancellation).ConfigureAwait(false);
        }
        catch (DiagnosticException refused) when (refused.Diagnostic.Code == TrainerErrors.RefusedCode && refused.Diagnostic.Message.Contains("ConflictException", StringComparison.Ordinal))
        {
            // It is there: an answer was lost.
        }
    }

    public async Task<Deployment?> GetAsync(string name, CancellationToken cancellation)
    {
        Reply reply = await _client.Control.GetAsync("a deployment's state", $"{Deployments}/{Uri.EscapeDataString(name)}", cancellation, missing: true).ConfigureAwait(false);
        return reply.Kind == ReplyKind.Done ? Read(reply.Body) : null;
    }

    public Task DeleteAsync(string name, CancellationToken cancellation) => _client.Control.SendAsync(
        "the removal of a deployment", () => _client.Control.Request(HttpMethod.Delete, $"{Deployments}/{Uri.EscapeDataString(name)}"), cancellation, missing: true);

    private static Deployment Read(JsonElement json)
    {
        string status = json.Text("status") ?? "without a status", name = json.Text("modelDeploymentName") ?? json.Text("customModelDeploymentName") ?? "";
        return new Deployment(name, StateOf(status), status) { AskedAs = json.Text("customModelDeploymentArn") ?? name, Problem = json.Text("failureMessage") };
    }

    private static DeploymentState StateOf(string status) => status switch
    {
        "Creating" => DeploymentState.Creating,
        "Active" => DeploymentState.Ready,
        "Failed" => DeploymentState.Failed,
        _ => DeploymentState.Unknown,
    };
}
