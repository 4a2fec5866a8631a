package picturebook
import ("testing";"image";"image/draw";"image/png";"os";"fmt")
func TestSheet(t *testing.T){
 cell:=200; n:=8; rows:=6
 out:=image.NewRGBA(image.Rect(0,0,n*cell,rows*cell))
 for i:=0;i<n*rows;i++{ r:=TrainRand(uint64(i)); s:=Random(r); draw.Draw(out,image.Rect(i%n*cell,i/n*cell,i%n*cell+cell-6,i/n*cell+cell-6),s.Draw(cell-6),image.Point{},draw.Src); fmt.Println(i, s.Caption(r)," | ",s.Describe(r))}
 f,_:=os.Create("/tmp/tc/sheet.png"); png.Encode(f,out); f.Close()
}
