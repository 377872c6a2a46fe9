using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Resolving;

/// <summary>What can be wrong with references to other model projects: MOPS1061, MOPS1062, MOPS2061 to MOPS2069, MOPS3132.</summary>
public static class ReferenceErrors
{
    public static Diagnostic UnknownUse(string value, string? meant, SourceLocation at)
        => Diagnostic.Error("MOPS2061", $"ModelOpsUse is '{ForeignText.Clean(value, 40)}'; {(meant is null ? "expected" : $"'{meant}' was probably meant: it is")} BaseModel (the other project's model, merged, is this one's base) or TrainingData (its answers to Prompts are learned).", at);

    public static Diagnostic SeveralBases(string first, string second, SourceLocation at)
        => Diagnostic.Error("MOPS2062", $"The base model is named twice: by {first} and by {second}. A project has one base model; keep one of them.", at);

    public static Diagnostic NoPrompts(string project, string found, SourceLocation at)
        => Diagnostic.Error("MOPS2063", $"The project '{project}' is to answer prompts, and {found}. Name a file of JSON Lines, for example <ProjectReference Include=\"../{project}/{project}.csproj\" ModelOpsUse=\"TrainingData\" Prompts=\"data/prompts.jsonl\" />.", at);

    public static Diagnostic NotReady(string project, string projectFile)
        => Diagnostic.Error("MOPS2064", $"The project '{project}' has no model that passed its gates, so nothing can be made of it. Build it first: without --no-dependencies and --no-build, building this project does.", new SourceLocation(projectFile));

    public static Diagnostic ModelElsewhere(string project, string use, string trainer, SourceLocation at)
        => Diagnostic.Error("MOPS3132", $"ModelOpsUse is '{use}', and the model of the project '{project}' stays at '{ForeignText.Clean(trainer, 40)}': there are no weights here that could be {(use.Equals("TrainingData", StringComparison.OrdinalIgnoreCase) ? "asked" : "merged")}. Let that project train where its weights come home, or tune its model further there: ProviderModel takes the name of a tuned one.", at);

    public static Diagnostic MisspeltMetadata(string name, string meant, SourceLocation at)
        => Diagnostic.Error("MOPS2066", $"The metadata '{name}' on ProjectReference means nothing to ModelOps; '{meant}' was probably meant. Correct the name, or, when it is metadata of your own, add it to ModelOpsAllowedProperties.", at);

    public static Diagnostic InvalidPrompt(SourceLocation at, string detail)
        => Diagnostic.Error("MOPS1061", $"The line is no prompt: {ForeignText.Clean(detail, 200)}. Expected {{\"prompt\":\"…\"}}, or {{\"messages\":[…]}} that ends with the user's message.", at);

    public static Diagnostic AnswersLeftOut(string project, int cut, int empty, int all, SourceLocation at)
        => Diagnostic.Warning("MOPS1062", $"{cut + empty} of {all} answers of the project '{project}' are not learned: {cut} were cut at its MaxNewTokens, {empty} are empty. Raise MaxNewTokens there, or remove the prompts.", at);
}
