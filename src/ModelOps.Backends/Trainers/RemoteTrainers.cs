using ModelOps.Backends.Endpoints;
using ModelOps.Backends.Trainers.Azure;
using ModelOps.Backends.Trainers.Bedrock;
using ModelOps.Backends.Trainers.Fireworks;
using ModelOps.Backends.Trainers.OpenAi;
using ModelOps.Backends.Trainers.Together;
using ModelOps.Backends.Trainers.Vertex;

namespace ModelOps.Backends.Trainers;

/// <summary>All trainers elsewhere, by the word of <c>Trainer</c>.</summary>
public static class RemoteTrainers
{
    public static IReadOnlyList<TrainerDescription> All { get; } = [OpenAiDescription.Trainer, AzureDescription.Trainer, TogetherDescription.Trainer, FireworksDescription.Trainer, VertexDescription.Trainer, BedrockDescription.Trainer];

    /// <summary>Null for a trainer that is no provider.</summary>
    public static TrainerDescription? Find(string name) => All.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>How a provider's models are asked.</summary>
    public static ChatApi ApiOf(string provider) => Find(provider)?.Api ?? ChatApi.OpenAi;
}
