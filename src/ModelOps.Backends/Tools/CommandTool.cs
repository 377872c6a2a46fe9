using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Tools;

/// <summary>A command of the project's own: it is given every setting, in a request file, and answers for all of them.</summary>
public sealed class CommandTool : TrainingTool
{
    public override string Name => "command";

    public override string Title => "The command";

    public override bool HasConfiguration => false;

    public override IEnumerable<ToolProblem> Check(TrainOptions options)
        => options.ChoosesByValidation ? [new ToolProblem(options.EarlyStoppingPatience > 0 ? "EarlyStoppingPatience" : "LoadBestModelAtEnd", "it is given no validation rows")] : [];

    public override JsonObject Configure(TrainOptions options, ToolPaths paths, string template)
        => JsonNode.Parse(Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(options with { CheckpointEverySteps = 0 }, WorkerJson.Options)))!.AsObject();
}
