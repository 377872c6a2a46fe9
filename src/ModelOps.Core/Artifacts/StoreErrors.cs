using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Core.Artifacts;

/// <summary>The store's diagnostics, MOPS2030–2049: one method per situation.</summary>
public static class StoreErrors
{
    public static Diagnostic NotWritable(string root, string detail)
        => Error("MOPS2030", $"The store cannot be written: {ForeignText.Clean(detail)} Expected a folder that this user may write to and a disk with room. Point MODELOPS_HOME (or <ModelOpsHome>) to one.", new SourceLocation(root));

    public static Diagnostic DamagedBlob(string path, string detail)
        => Warning("MOPS2031", $"A stored result is damaged ({ForeignText.Clean(detail)}) and was dropped; it is made again.", new SourceLocation(path));

    public static Diagnostic DamagedRecord(string path, string detail)
        => Warning("MOPS2032", $"A record of the store cannot be used ({ForeignText.Clean(detail)}) and was dropped; its result is made again.", new SourceLocation(path));

    public static Diagnostic DamagedAnswers(string path, string detail)
        => Warning("MOPS2033", $"Stored model answers are damaged ({ForeignText.Clean(detail)}) and were dropped; they are generated again.", new SourceLocation(path));

    public static Diagnostic CannotMaterialize(string folder, string detail)
        => Error("MOPS2034", $"The result cannot be put into this folder: {ForeignText.Clean(detail)} Expected a folder that this user may write to and a disk with room.", new SourceLocation(folder));

    public static Diagnostic CannotRead(string path, string detail)
        => Error("MOPS2035", $"The result that is to be stored cannot be read: {ForeignText.Clean(detail)}", new SourceLocation(path));

    public static Diagnostic UnknownVersion(string root, string found)
        => Error("MOPS2036", $"The store has version '{ForeignText.Clean(found, 20)}', and this program knows versions up to {StoreVersion.Current}. Update ModelOps, or point MODELOPS_HOME (or <ModelOpsHome>) to another folder.", new SourceLocation(root));

    public static Diagnostic NoSuchEntry(string root, string key, int matches)
        => Error("MOPS2037", $"'{ForeignText.Clean(key, 80)}' is {(matches == 0 ? "the key of nothing" : $"the beginning of {matches} keys")} in this store. Expected a key, or enough of its beginning; 'dotnet modelops store ls' lists them.", new SourceLocation(root));

    public static Diagnostic InUse(string root)
        => Error("MOPS2038", "The store is in use without a pause, so nothing was collected. Try again when the builds that use it are done.", new SourceLocation(root));

    public static Diagnostic InvalidSize(string text)
        => Error("MOPS2039", $"'{ForeignText.Clean(text, 40)}' is no size of a store; expected a number with a unit such as 50GB or 500MB, or 'unlimited' (ModelOpsStoreSize, MODELOPS_STORE_SIZE, --size).");
}
