using System.CommandLine;
using ModelOps.Cli.Models;
using ModelOps.Core.Protocol;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops model tokenize|render|mask|score|generate</c>: what a model sees and says, line by line, through the worker.</summary>
internal static class ModelVerb
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("model", "What a model sees and says: token ids, the rendered conversation, the loss mask, scores, answers.");
        command.Add(Create("tokenize", "Token ids of each line's 'text'.", LineShape.Text,
            (run, _, input, output) => new TokenizeRequest { Model = run.Model, Input = input, Output = output }, terminal));
        command.Add(Create("render", "Each conversation as the model's chat template renders it.", LineShape.Conversation,
            (run, _, input, output) => new RenderRequest { Model = run.Model, Input = input, Output = output }, terminal));
        command.Add(Create("mask", "Token ids of each conversation, and which of them training scores.", LineShape.Conversation,
            (run, _, input, output) => new MaskRequest { Model = run.Model, Input = input, Output = output }, terminal));
        command.Add(Create("score", "Negative log-likelihood of each conversation's answer.", LineShape.Conversation,
            (run, adapter, input, output) => new ScoreRequest { Model = run.Model, Adapter = adapter, Quantization = run.Quantization, Input = input, Output = output }, terminal, takesAdapter: true));
        command.Add(ModelGenerateVerb.Create(terminal));
        return command;
    }

    private static Command Create(
        string name, string description, LineShape shape, Func<ModelRun, string?, string, string, WorkerRequest> request, Terminal terminal, bool takesAdapter = false)
    {
        var options = new ModelOptions();
        Command command = options.AddTo(new Command(name, description), takesAdapter);
        command.SetAction((result, cancellation) =>
        {
            ModelRun run = options.Read(result);
            string? adapter = takesAdapter ? options.Adapter(result) : null;
            return Task.Run(() => run.Run(name, shape, (input, output) => request(run, adapter, input, output), terminal, cancellation), CancellationToken.None);
        });
        return command;
    }
}
