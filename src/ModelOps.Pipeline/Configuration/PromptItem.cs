using System.Globalization;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Prompts;

namespace ModelOps.Pipeline.Configuration;

/// <summary>A <c>PromptBaseline</c> or <c>CandidatePrompt</c> with its metadata.</summary>
/// <param name="Name">The subject's name.</param>
/// <param name="Shots">How many examples, the nearest ones; several counts: whichever is best on validation rows; empty: all of <paramref name="Examples"/>, or none.</param>
/// <param name="Examples">A file of rows, absolute; null: the training rows, where there are shots.</param>
/// <param name="Passages">How many passages of the documents.</param>
/// <param name="Endpoint">Name of the endpoint or command that is asked; null: the model of the project.</param>
public sealed record PromptItem(
    ItemReader Source, string Name, PromptyFile File, IReadOnlyList<int> Shots, string? Examples, int Passages, AnswerPattern? Answer, string? Endpoint)
{
    public SourceLocation Location => new(Source.Item.FullPath);

    /// <exception cref="DiagnosticException">What is wrong with the file or the metadata.</exception>
    public static PromptItem Parse(ProjectInputs inputs, ProjectItem item)
    {
        var reader = new ItemReader(inputs, item);
        var file = PromptyFile.Load(item.FullPath);
        int passages = reader.Count(Names.Passages, 1) ?? 0;
        bool hasPlace = file.Placeholders.Contains(PromptyFile.DocumentsPlaceholder, StringComparer.Ordinal);
        if (passages > 0 && (!hasPlace || !inputs.OfType(Names.Documents).Any()))
        {
            throw PromptErrors.PassagesWithoutPlace(reader.At(Names.Passages), hasPlace ? "The project has no Documents." : $"{item.Include} has no {{{{documents}}}}.");
        }

        string? pattern = reader.Text(Names.Answer);
        return new PromptItem(
            reader,
            reader.Text(Names.Name) ?? file.Name,
            file,
            ShotsOf(reader),
            reader.FullPath(Names.Examples),
            passages,
            pattern is null ? null : AnswerPattern.Parse(pattern, reader.At(Names.Answer)),
            reader.Text(Names.Endpoint));
    }

    private static IReadOnlyList<int> ShotsOf(ItemReader reader)
    {
        if (reader.Text(Names.Shots) is not { } text)
        {
            return [];
        }

        if (text.Equals("Auto", StringComparison.OrdinalIgnoreCase))
        {
            return ShotChoice.Auto;
        }

        string[] counts = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        int[] read = [.. counts.Select(count => int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int shots) ? shots : 0).Distinct().Order()];
        return read is [> 0, ..] ? read : throw reader.Invalid(Names.Shots, "a whole number, 1 or more, several of them such as 1;2;4, or Auto");
    }
}
