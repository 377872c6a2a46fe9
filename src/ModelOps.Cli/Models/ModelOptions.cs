using System.CommandLine;

namespace ModelOps.Cli.Models;

/// <summary>What every verb under <c>modelops model</c> takes.</summary>
internal sealed class ModelOptions
{
    public const string Standard = "-";

    private readonly Option<string> _model = new("--model", "-m") { Description = "The model: a folder in Hugging Face layout.", HelpName = "folder", Required = true };
    private readonly Option<string?> _adapter = new("--adapter", "-a") { Description = "An adapter folder in PEFT's layout, such as obj/modelops/adapter.", HelpName = "folder" };
    private readonly Option<string?> _quantization = Quantization();
    private readonly Option<string> _input = FileOption("--input", "-i", "JSON Lines to read; '-': standard input.");
    private readonly Option<string> _output = FileOption("--output", "-o", "JSON Lines to write; '-': standard output.");
    private readonly Option<int> _threads = new("--threads") { Description = "Threads; 0: all cores. Changes no result." };
    private readonly Option<string?> _worker = new("--worker") { Description = "Another worker: an assembly or executable that speaks the worker protocol.", HelpName = "file" };

    /// <param name="takesLines">It reads and writes JSON Lines.</param>
    public Command AddTo(Command command, bool takesAdapter, bool takesLines = true)
    {
        command.Add(_model);
        if (takesAdapter)
        {
            command.Add(_adapter);
        }

        if (takesAdapter && takesLines)
        {
            command.Add(_quantization);
        }

        if (takesLines)
        {
            command.Add(_input);
            command.Add(_output);
        }

        command.Add(_threads);
        command.Add(_worker);
        return command;
    }

    public ModelRun Read(ParseResult result) => new(
        Path.GetFullPath(result.GetRequiredValue(_model)),
        result.GetValue(_input) ?? Standard,
        result.GetValue(_output) ?? Standard,
        result.GetValue(_threads),
        result.GetValue(_worker) is { } worker ? Path.GetFullPath(worker) : null,
        result.GetValue(_quantization));

    /// <summary>Null for a verb without adapters, too.</summary>
    public string? Adapter(ParseResult result) => result.GetValue(_adapter) is { } folder ? Path.GetFullPath(folder) : null;

    private static Option<string?> Quantization()
    {
        var option = new Option<string?>("--quantization") { Description = "Hold the model's linear weights quantised, as QLoRA trained on them.", HelpName = "nf4|int8" };
        option.AcceptOnlyFromAmong("nf4", "int8");
        return option;
    }

    private static Option<string> FileOption(string name, string alias, string description)
        => new(name, alias) { Description = description, HelpName = "file", DefaultValueFactory = _ => Standard };
}
