using ModelOps.Backends.Aws;

namespace ModelOps.Backends.Trainers.Bedrock;

/// <summary>Amazon Bedrock's model customization; <c>docs/providers/bedrock.md</c>.</summary>
public static class BedrockDescription
{
    internal const string Name = "bedrock";

    /// <summary>Account, bucket and role are no secrets, but they are nobody's business either: like the keys they come from the environment.</summary>
    internal const string BucketVariable = "BEDROCK_S3_URI", RoleVariable = "BEDROCK_ROLE_ARN";

    /// <summary>Of Nova; a project's own by <see cref="TrainerDescription.For"/>.</summary>
    public static TrainerDescription Trainer { get; } = Of(BedrockFamily.Nova) with
    {
        Families = [.. BedrockFamily.All.Select(Of)],
        ForModel = model => BedrockFamily.Of(model) is { } family ? Of(family) : Unknown,
    };

    private static TrainerDescription Unknown => Of(BedrockFamily.Nova) with
    {
        Check = _ => [new SettingProblem("ProviderModel", $"a model whose rows are known, with an id that begins with {string.Join(", ", BedrockFamily.All.SelectMany(f => f.Prefixes))}")],
    };

    private static TrainerDescription Of(BedrockFamily family) => new()
    {
        Name = Name,
        Title = $"Bedrock ({family.Title})",
        Url = new Uri("https://bedrock.us-east-1.amazonaws.com"),
        Hosts = ["bedrock.us-east-1.amazonaws.com", "bedrock.us-west-2.amazonaws.com"], // where custom models are deployed on demand
        KeyVariable = AwsCredentials.SecretVariable,
        Weights = TrainedWeights.Kept,
        Methods = ["lora"],
        Sent = family.Sent(),
        NotSent = family.NotSent(),
        MinimumRows = family.MinimumRows,
        NamesJobs = true,
        Recovery = "its name and the token of its creation, which begin with the key",
        MaxTokensMember = "maxTokens",
        Check = family.Check,
        Translate = family.Translate,
        RowProblem = family.Rows.Problem,
        WriteRow = family.Rows.Write,
        Open = connection => new BedrockTrainer(connection),
        Ask = Converse.Handler,
        Serve = connection => new BedrockDeployments(connection),
        BaseAnswers = true,
    };
}
