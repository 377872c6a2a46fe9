using System.Globalization;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>What a prompt file's front matter may say.</summary>
internal sealed class FrontMatter
{
    private const double HighestTemperature = 2;

    public string? Title { get; private set; }

    public string? Description { get; private set; }

    public int? MaxTokens { get; private set; }

    public double? Temperature { get; private set; }

    public static FrontMatter Read(FrontMatterNode root)
    {
        var head = new FrontMatter();
        foreach (FrontMatterEntry entry in root.Entries!)
        {
            switch (entry.Key)
            {
                case "name": head.Title = Text(entry); break;
                case "description": head.Description = Text(entry); break;
                case "model": head.ReadModel(entry); break;

                // For people and editors: who wrote it, and values to try it with. They change no answer.
                case "version" or "authors" or "tags" or "inputs" or "sample": break;
                default: throw Unknown(entry, "name", "description", "version", "authors", "tags", "model", "inputs", "sample");
            }
        }

        return head;
    }

    private void ReadModel(FrontMatterEntry model)
    {
        foreach (FrontMatterEntry entry in Entries(model))
        {
            switch (entry.Key)
            {
                case "api" when Text(entry) != "chat": throw PromptErrors.BadValue(entry.Value.Location, "model.api", "'chat': the base model is asked through its chat template");
                case "api": break;
                case "parameters": ReadParameters(entry); break;
                default: throw Unknown(entry, "api", "parameters");
            }
        }
    }

    private void ReadParameters(FrontMatterEntry parameters)
    {
        foreach (FrontMatterEntry entry in Entries(parameters))
        {
            switch (entry.Key)
            {
                case "max_tokens":
                    MaxTokens = int.TryParse(Text(entry), NumberStyles.None, CultureInfo.InvariantCulture, out int tokens) && tokens > 0 ? tokens
                        : throw PromptErrors.BadValue(entry.Value.Location, "max_tokens", "a whole number, 1 or more");
                    break;
                case "temperature":
                    Temperature = double.TryParse(Text(entry), NumberStyles.Float, CultureInfo.InvariantCulture, out double heat)
                        && heat is >= 0 and <= HighestTemperature ? heat
                        : throw PromptErrors.BadValue(entry.Value.Location, "temperature", "a number from 0 (greedy) to 2");
                    break;
                default: throw Unknown(entry, "max_tokens", "temperature");
            }
        }
    }

    private static string Text(FrontMatterEntry entry)
        => entry.Value.Scalar ?? throw PromptErrors.BadValue(entry.Value.Location, entry.Key, "a single value");

    private static IReadOnlyList<FrontMatterEntry> Entries(FrontMatterEntry entry)
        => entry.Value.Entries ?? throw PromptErrors.BadValue(entry.Value.Location, entry.Key, "followed by indented 'key: value' lines");

    private static Exception Unknown(FrontMatterEntry entry, params string[] known) => PromptErrors.UnknownKey(entry.Location, entry.Key, known);
}
