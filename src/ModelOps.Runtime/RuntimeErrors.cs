using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Runtime;

/// <summary>Opening a package and asking it, in the consumer's process: <c>MOPS7100</c> to <c>MOPS7119</c>.</summary>
internal static class RuntimeErrors
{
    public static Diagnostic ChangesNothing(string package, string file) => Error("MOPS7100",
        $"Every lora_B of the adapter of package {package} is zero, so the model would answer exactly as its base. It was never trained, or its weights were lost; restore the package again, and tell its author if that shows the same.",
        new SourceLocation(file));

    public static Diagnostic DoesNotApply(string package, string file, string detail) => Error("MOPS7101",
        $"The adapter of package {package} does not apply to its base model: {ForeignText.Clean(detail, 400)}. Every tensor must have its place, or the model answers half tuned; build the app again so that its models folder matches its packages.",
        new SourceLocation(file));

    public static Diagnostic OtherText(string package, string part, string folder, string expected, string actual) => Error("MOPS7102",
        $"Package {package} was trained with a {part} of digest {expected}; the base model beside it has {actual}. Another {part} means other tokens and worse answers; restore the base package it names.",
        new SourceLocation(folder));

    public static Diagnostic ParityFailed(string package, string row, string expected, string actual, int failed, int rows) => Error("MOPS7103",
        $"Package {package} does not answer as in its evaluation: {failed} of {rows} sealed rows differ. The first, {ForeignText.Clean(row, 80)}: expected \"{ForeignText.Clean(expected, 120)}\", got \"{ForeignText.Clean(actual, 120)}\". "
        + "The engine, the base model or the template is not the one that was evaluated; use the ModelOps.Runtime version the package was built with, or build the package again.");

    public static Diagnostic NoParityRows(string package, string folder) => Error("MOPS7104",
        $"Package {package} holds no sealed rows (parity.jsonl), so nothing shows that it answers here as in its evaluation. Build it with a ModelOps.Sdk that writes them, or turn ProbeParity off.",
        new SourceLocation(folder));

    public static Diagnostic PointerPackage(string file) => Error("MOPS7105",
        "The package points at a provider's model and holds no weights, so there is nothing to run in this process. Ask it with ModelChatClient.Open or AddModelPackage, which ask the provider.",
        new SourceLocation(file));

    public static Diagnostic NotBesideApp(string package, string folder) => Error("MOPS7106",
        $"There is no model of package {package} beside the app. Reference the package (<PackageReference Include=\"{package}\" … />) in the project that is started or published, and leave ModelOpsCopyModels unset; its build copies the model to models/{package}.",
        new SourceLocation(folder));

    public static Diagnostic TooLittleMemory(string package, long needed, long limit) => Error("MOPS7107",
        $"Opening package {package} may need {needed >> 20} MB; MemoryLimit allows {limit >> 20} MB. Raise it, or lower CacheBytes or MaxConcurrency.");

    public static Diagnostic Unsupported(string package, string option) => Error("MOPS7108",
        $"The model of package {package} cannot do what the request asks for: {ForeignText.Clean(option, 200)}. Leave it out; an option that were passed over silently would promise what the answer does not keep.");
}
