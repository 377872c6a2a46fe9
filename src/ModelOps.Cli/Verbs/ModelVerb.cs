using System.CommandLine;
using ModelOps.Cli.Models;
using ModelOps.Core.Protocol;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops model tokenize|render|mask|score|generate|inspect</c>: what a model is, sees and says, line by line, through the worker.</summary>
internal static class ModelVerb
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("model", "What a model is, sees and says: its size, token ids, the rendered conversation, the loss mask, scores, answers.");
        command.Add(Create("tokenize", "Token ids of each line's 'text'.", LineShape.Text,
            (run, input, output) => new TokenizeRequest { Model = run.Model, Input = input, Output = output }, terminal));
        command.Add(Create("render", "Each conversation as the model's chat template renders it.", LineShape.Conversation,
            (run, input, output) => new RenderRequest { Model = run.Model, Input = input, Output = output }, terminal));
        command.Add(Create("mask", "Token ids of each conversation, and which of them training scores.", LineShape.Conversation,
            (run, input, output) => new MaskRequest { Model = run.Model, Input = input, Output = output }, terminal));
        command.Add(CreateScore(terminal));
        command.Add(ModelGenerateVerb.Create(terminal));
        command.Add(ModelInspectVerb.Create(terminal));
        return command;
    }

    private static Command CreateScore(Terminal terminal)
    {
        var perToken = new Option<bool>("--per-token") { Description = "Each scored token and its log-probability as well." };
        var options = new ModelOptions();
        Command command = options.AddTo(new Command("score", "Negative log-likelihood of each conversation's answer."), takesAdapter: true);
        command.Add(perToken);
        command.SetAction((result, cancellation) =>
        {
            ModelRun run = options.Read(result);
            var request = new ScoreRequest
            {
                Model = run.Model,
                Adapter = options.Adapter(result),
                Quantization = run.Quantization,
                PerToken = result.GetValue(perToken),
                Input = "",
                Output = "",
            };
            return Task.Run(
                () => run.Run(command.Name, LineShape.Conversation, (input, output) => request with { Input = input, Output = output }, terminal, cancellation),
                CancellationToken.None);
        });
        return command;
    }

    private static Command Create(
        string name, string description, LineShape shape, Func<ModelRun, string, string, WorkerRequest> request, Terminal terminal)
    {
        var options = new ModelOptions();
        Command command = options.AddTo(new Command(name, description), takesAdapter: false);
        command.SetAction((result, cancellation) =>
        {
            ModelRun run = options.Read(result);
            return Task.Run(() => run.Run(name, shape, (input, output) => request(run, input, output), terminal, cancellation), CancellationToken.None);
        });
        return command;
    }
}
